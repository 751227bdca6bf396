import Events
import Hummingbird

extension FileRoutes {
    /// GET /files/{session_id}: always 200 and an array (CONTRACT 7.3).
    func list(_ request: Request, _ context: APIRequestContext, _ caller: Caller) async throws -> Response {
        let session = context.capture("session_id")
        let query = request.uri.queryParameters
        var files = try await lookup.files(
            in: session, for: caller.ledgerReadership, stated: ResourceIdentity(queryOf: request))
        if query["current"] == "true" { files = files.filter(\.isCurrent) }
        guard !files.isEmpty else { return Response(json: []) }
        let times = try await lookup.touch(files, in: session)
        let views = files.map { FileView(file: $0, session: session, lastModified: times[$0.bucket] ?? $0.createdAt) }
        return Response(json: .array(query["detail"] == "simple" ? views.map(\.simple) : views.map(\.full)))
    }

    /// GET /sessions/{session_id}/objects/{file_id}: is it still there, and how fresh (CONTRACT 7.4).
    func probe(_ request: Request, _ context: APIRequestContext, _ caller: Caller) async throws -> Response {
        Response(json: try await view(request, context, caller).probe)
    }

    /// The file a path names, touched.
    ///
    /// - Throws: 404, whatever the reason.
    func view(_ request: Request, _ context: APIRequestContext, _ caller: Caller) async throws -> FileView {
        let session = context.capture("session_id")
        let found = try await lookup.file(
            context.capture("file_id"), in: session, for: caller.ledgerReadership,
            stated: ResourceIdentity(queryOf: request))
        guard let file = found?.file else { throw APIError.fileNotFound }
        let times = try await lookup.touch([file], in: session)
        return FileView(file: file, session: session, lastModified: times[file.bucket] ?? file.createdAt)
    }
}
