import Events
import Hummingbird

extension FileRoutes {
    /// Tries against sessions that are appended to at the same time.
    private static let deletionAttempts = 20

    /// DELETE /files/{sid}/{fid} and /sessions/{sid}/objects/{fid} (CONTRACT 7.6). Of an alias only the link goes.
    func delete(_ request: Request, _ context: APIRequestContext, _ caller: Caller) async throws -> Response {
        let session = context.capture("session_id")
        let file = context.capture("file_id")
        let stated = ResourceIdentity(queryOf: request)
        for _ in 0..<Self.deletionAttempts {
            let found = try await lookup.file(file, in: session, for: caller.deletionReadership, stated: stated)
            guard let found, caller.mayDelete(found, stated: stated) else { throw APIError.fileNotFound }
            let event = FileDeleted(fileID: file, name: found.file.name, scope: .version, actor: caller.acting.actor)
            let append = Append(session: session, expected: .exactly(found.session.version), events: [event.event()])
            switch try await services.log.append(append) {
            case .ok, .duplicate:
                return Response(
                    json: ["message": "File deleted", "session_id": .string(session), "fileId": .string(file)])
            case .held: throw APIError.conflict("The session is under legal hold", code: "legal_hold")
            case .conflict, .fenced, .busy: continue
            }
        }
        throw APIError.unavailable("The session is busy, try again")
    }
}

extension Caller {
    /// Admins delete anywhere (CONTRACT 3.3); everyone else what he may read.
    fileprivate var deletionReadership: Readership { acting.role == .admin ? ledgerReadership : readership }

    fileprivate func mayDelete(_ found: FileLookup.Found, stated: ResourceIdentity) -> Bool {
        acting.role == .admin || readership.deletes(found.file, in: found.session, stated: stated)
    }
}
