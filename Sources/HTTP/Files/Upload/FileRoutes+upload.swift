import Events
import HTTPTypes
import Hummingbird

extension FileRoutes {
    /// Bytes of delimiters and headers that a file may cost on top of its content.
    private static let overheadPerFile: Int64 = 32 << 10

    /// POST /upload: every upload makes a new session, in one append, or leaves nothing (CONTRACT 7.1).
    func upload(_ request: Request, _ context: APIRequestContext, _ caller: Caller) async throws -> Response {
        try await receive(request, context, caller, .allOrNothing) { Response(json: Self.reply($0.session, $0.files)) }
    }

    /// Reads a form and puts what was taken of it into the log as one new session; nothing taken, no session.
    ///
    /// A repeated one is read again, so that what of it is taken and refused need not be remembered; only its session
    /// and the ids of its files are those of the first.
    ///
    /// - Throws: 400, 413 or 422 for the form as a whole, then nothing of it is left.
    func receive(
        _ request: Request, _ context: APIRequestContext, _ caller: Caller, _ strictness: UploadReceiver.Strictness,
        reply: (StoredUpload) throws -> Response
    ) async throws -> Response {
        let key = try Idempotency.key(of: request, caller)
        let boundary = try boundary(of: request)
        let limit = try bodyLimit(for: request)
        let session = Identifier.random()
        var receiver = UploadReceiver(
            session: session, blobs: services.blobs, limits: services.limits, strictness: strictness,
            digest: key.map { _ in FormDigest() })
        // Until the append is sent. From then on only the log knows what became of it: one that failed to answer may
        // have been taken. Contents that no event names are swept.
        var isOurs = true
        do {
            try await receiver.receive(request.body, boundary: boundary, limit: limit)
            let response = try await Idempotency(services).answer(
                key, digest: { receiver.digest?.value ?? [] }, context
            ) { turn in
                guard !receiver.items.isEmpty else {
                    throw APIError.unprocessable("No file part in the form", field: "file", code: "missing")
                }
                if case .again(let events) = turn {
                    return try reply(StoredUpload(receiver.items, recorded: events))
                }
                guard !receiver.files.isEmpty else { return try reply(StoredUpload(session, receiver.items)) }
                var append = decision(receiver, session: session, caller: caller, userHeader: request.headers[.userID])
                if let key { append.command = key.command }
                isOurs = false
                let outcome = try await services.log.append(append)
                isOurs = outcome.committed?.first?.session != session
                guard let events = outcome.committed else { throw APIError.unexpected }
                return try reply(
                    isOurs ? StoredUpload(receiver.items, recorded: events) : StoredUpload(session, receiver.items))
            }
            if isOurs { await receiver.discard() }
            return response
        } catch {
            if isOurs { await receiver.discard() }
            throw error
        }
    }

    private func boundary(of request: Request) throws -> [UInt8] {
        guard let type = request.headers[.contentType], let boundary = MultipartBoundary.parse(contentType: type) else {
            throw APIError.invalid(
                "The request is not multipart/form-data", field: "Content-Type", code: "not_multipart",
                detail: "Must be multipart/form-data with a boundary")
        }
        return boundary
    }

    /// Bytes that a form may have at most (CONTRACT 13.3).
    ///
    /// - Throws: 413 when the request announces more.
    private func bodyLimit(for request: Request) throws -> Int64 {
        let limit = Int64(services.limits.maxFilesPerUpload) * (services.limits.maxFileBytes + Self.overheadPerFile)
        if let stated = request.headers[.contentLength].flatMap({ Int64($0) }), stated > limit {
            throw APIError.bodyTooLarge(limit: limit)
        }
        return limit
    }

    /// The one append that makes a received upload a session.
    private func decision(
        _ upload: UploadReceiver, session: String, caller: Caller, userHeader: String?
    ) -> Append {
        let actor = caller.acting.actor
        let resource = upload.form.resource
        let created = SessionCreated(
            kind: resource.isShared ? .shared : .private, owner: caller.acting.owner,
            endUser: caller.endUser(stated: upload.form.userID, header: userHeader), entityID: resource.entityID,
            actor: actor)
        let uploaded = upload.files.map { file in
            FileUploaded(
                file: FileContent(
                    id: file.id, name: file.name, size: file.size, sha256: file.sha256,
                    contentType: file.contentType, readOnly: upload.form.isReadOnly),
                resource: resource, actor: actor)
        }
        var append = Append(
            session: session, expected: .none, events: [created.event()] + uploaded.map { $0.event() })
        for file in upload.files {
            switch file.bytes {
            case .small(let blob): append.blobs.append(blob)
            case .streamed(let content, _): append.contents.append(content)
            }
        }
        return append
    }

    private static func reply(_ session: String, _ files: [ReceivedFile]) -> JSONValue {
        [
            "message": "success", "session_id": .string(session), "storage_session_id": .string(session),
            "files": .array(
                files.map { file in
                    [
                        "fileId": .string(file.id), "filename": .string(file.filename),
                        "size": .int(file.size), "sha256": .string(file.sha256.hex),
                    ]
                }),
        ]
    }
}

/// What an upload came to: the session it made, and its items in the order they were sent.
struct StoredUpload {
    let session: String
    let items: [UploadReceiver.Item]

    init(_ session: String, _ items: [UploadReceiver.Item]) {
        self.session = session
        self.items = items
    }

    /// The same form as it was stored before.
    init(_ items: [UploadReceiver.Item], recorded events: [Event]) {
        session = events.first?.session ?? ""
        var ids = events.filter { $0.type == .fileUploaded }.map { FileUploaded($0.body).file.id }.makeIterator()
        self.items = items.map { item in
            guard case .stored(var file) = item, let id = ids.next() else { return item }
            file.id = id
            return .stored(file)
        }
    }

    /// Those that were taken.
    var files: [ReceivedFile] {
        items.compactMap { item in
            if case .stored(let file) = item { file } else { nil }
        }
    }
}
