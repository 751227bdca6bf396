import Events
import HTTPTypes
import Hummingbird
import Projections

/// The Python state of a session as a client may fetch, bring and drop it (CONTRACT 8). The server never looks into
/// it: only sandboxes do.
struct StateRoutes: RouteArea {
    let services: APIServices

    init(_ services: APIServices) { self.services = services }

    func register(on routes: Routes) {
        routes.x2(.get, "/state/:session_id", for: .read) { request, context, caller in
            try await fetch(request, context.capture("session_id"), caller)
        }
        routes.x2(.get, "/state/:session_id/info", for: .read) { _, context, caller in
            try await info(context.capture("session_id"), caller)
        }
        routes.x2(.post, "/state/:session_id", for: .change) { request, context, caller in
            try await upload(request, to: context.capture("session_id"), caller)
        }
        routes.x2(.delete, "/state/:session_id", for: .change) { _, context, caller in
            try await delete(context.capture("session_id"), caller)
        }
    }

    /// The state of a live session of the caller; nil for everything else alike.
    func current(_ id: String, _ caller: Caller) async throws -> CurrentState? {
        guard try await session(id, caller) != nil else { return nil }
        return try await services.log.liveState(session: id, life: services.configuration.stateLife, at: .now())
    }

    private func session(_ id: String, _ caller: Caller) async throws -> SessionState? {
        guard Identifier.isWellFormed(id), let session = try await services.sessions.load([id], files: [])[id],
            session.isLive, caller.readership.owns(session.owner)
        else { return nil }
        return session
    }

    private func fetch(_ request: Request, _ id: String, _ caller: Caller) async throws -> Response {
        guard let state = try await current(id, caller) else { throw APIError.stateNotFound }
        var headers: HTTPFields = [.eTag: state.etag, .cacheControl: "private, no-cache"]
        if EntityTags.match(state.etag, in: request.headers[.ifNoneMatch], quotes: false) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/octet-stream"
        headers[.contentLength] = String(state.blob.size)
        guard request.method != .head else { return Response(status: .ok, headers: headers) }
        let body = try await FileBody.stream(
            session: id, sha256: state.blob.sha256, range: 0..<state.blob.size, from: services.blobs)
        return Response(status: .ok, headers: headers, body: body)
    }

    private func info(_ id: String, _ caller: Caller) async throws -> Response {
        guard let state = try await current(id, caller) else {
            return Response(json: Self.info(id, nil, expiresAt: nil))
        }
        let used = try await services.log.lastUse(of: state, session: id)
        let end = Timestamp(milliseconds: used.milliseconds + services.configuration.stateLife.milliseconds)
        return Response(json: Self.info(id, state, expiresAt: end))
    }

    private static func info(_ id: String, _ state: CurrentState?, expiresAt: Timestamp?) -> JSONValue {
        [
            "exists": .bool(state != nil), "session_id": .string(id), "size_bytes": .int(orNull: state?.blob.size),
            "hash": .string(orNull: state?.blob.sha256.hex),
            "created_at": .string(orNull: state?.createdAt.description),
            "expires_at": .string(orNull: expiresAt?.description), "source": state == nil ? nil : "postgres",
        ]
    }

    /// 204 whatever was there. A session is not told from an unknown one.
    private func delete(_ id: String, _ caller: Caller) async throws -> Response {
        for _ in 0..<Self.attempts {
            guard let session = try await session(id, caller) else { break }
            let events = try await services.log.stateEvents(session: id, limit: CurrentState.window)
            guard CurrentState(newestFirst: events) != nil else { break }
            let event = StateDeleted(actor: caller.acting.actor).event()
            let append = Append(session: id, expected: .exactly(session.version), events: [event])
            if try await services.log.append(append).committed != nil { break }
        }
        return Response(status: .noContent)
    }

    /// Tries against a session that is appended to at the same time.
    static let attempts = 20
}

extension CurrentState {
    /// The digest as a strong entity tag.
    var etag: String { "\"\(blob.sha256.hex)\"" }
}

extension APIError {
    static let stateNotFound = APIError(
        .notFound, "resource_not_found", "state_not_found", message: "The session has no state")
}
