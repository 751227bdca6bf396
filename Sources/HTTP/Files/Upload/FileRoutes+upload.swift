import Events
import HTTPTypes
import Hummingbird

extension FileRoutes {
    /// Bytes of delimiters and headers that a file may cost on top of its content.
    private static let overheadPerFile: Int64 = 32 << 10

    /// POST /upload: every upload makes a new session, in one append, or leaves nothing (CONTRACT 7.1).
    func upload(_ request: Request, _ context: APIRequestContext, _ caller: Caller) async throws -> Response {
        let session = Identifier.random()
        let received = try await receive(request, caller, session: session, .allOrNothing)
        return Response(json: Self.reply(session, received.files))
    }

    /// Reads a form and puts what was taken of it into the log as one new session; nothing taken, no session.
    ///
    /// - Throws: 400, 413 or 422 for the form as a whole, then nothing of it is left.
    func receive(
        _ request: Request, _ caller: Caller, session: String, _ strictness: UploadReceiver.Strictness
    ) async throws -> UploadReceiver {
        let boundary = try boundary(of: request)
        let limit = try bodyLimit(for: request)
        var receiver = UploadReceiver(
            session: session, blobs: services.blobs, limits: services.limits, strictness: strictness)
        do {
            try await receiver.receive(request.body, boundary: boundary, limit: limit)
            guard !receiver.items.isEmpty else {
                throw APIError.unprocessable("No file part in the form", field: "file", code: "missing")
            }
        } catch {
            await receiver.discard()
            throw error
        }
        guard !receiver.files.isEmpty else { return receiver }
        let append = decision(receiver, session: session, caller: caller, userHeader: request.headers[.userID])
        // From here on only the log knows what became of it: an append that failed to answer may have been taken.
        // Contents that no event names are swept.
        guard try await services.log.append(append).committed != nil else {
            await receiver.discard()
            throw APIError.unexpected
        }
        return receiver
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
