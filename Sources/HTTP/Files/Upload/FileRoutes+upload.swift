import Events
import HTTPTypes
import Hummingbird

extension FileRoutes {
    /// Bytes of delimiters and headers that a file may cost on top of its content.
    private static let overheadPerFile: Int64 = 32 << 10

    /// POST /upload: every upload makes a new session, in one append, or leaves nothing (CONTRACT 7.1).
    func upload(_ request: Request, _ context: APIRequestContext, _ caller: Caller) async throws -> Response {
        let boundary = try boundary(of: request)
        let limit = try bodyLimit(for: request)
        let session = Identifier.random()
        var receiver = UploadReceiver(session: session, blobs: services.blobs, limits: services.limits)
        let append: Append
        do {
            try await receiver.receive(request.body, boundary: boundary, limit: limit)
            guard !receiver.files.isEmpty else {
                throw APIError.unprocessable("No file part in the form", field: "file", code: "missing")
            }
            append = decision(receiver, session: session, caller: caller, userHeader: request.headers[.userID])
        } catch {
            await receiver.discard()
            throw error
        }
        // From here on only the log knows what became of it: an append that failed to answer may have been taken.
        // Contents that no event names are swept.
        guard try await services.log.append(append).committed != nil else {
            await receiver.discard()
            throw APIError.unexpected
        }
        return Response(json: Self.reply(session, receiver.files))
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
                    id: file.id, name: file.name, size: file.content.size, sha256: file.content.sha256,
                    contentType: file.contentType, readOnly: upload.form.isReadOnly),
                resource: resource, actor: actor)
        }
        return Append(
            session: session, expected: .none, events: [created.event()] + uploaded.map { $0.event() },
            contents: upload.files.map(\.content))
    }

    private static func reply(_ session: String, _ files: [ReceivedFile]) -> JSONValue {
        [
            "message": "success", "session_id": .string(session), "storage_session_id": .string(session),
            "files": .array(
                files.map { file in
                    [
                        "fileId": .string(file.id), "filename": .string(file.filename),
                        "size": .int(file.content.size), "sha256": .string(file.content.sha256.hex),
                    ]
                }),
        ]
    }
}
