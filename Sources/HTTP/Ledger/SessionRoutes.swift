import Events
import HTTPTypes
import Hummingbird
import Projections

/// Sessions and their events under `/v1` (CONTRACT 10.1, 10.2).
struct SessionRoutes: RouteArea {
    private let services: APIServices
    private let states: SessionStateSummary

    init(_ services: APIServices) {
        self.services = services
        states = SessionStateSummary(services)
    }

    func register(on routes: Routes) {
        routes.v1(.get, "/sessions", for: .read) { request, _, caller in try await list(request, caller) }
        routes.v1(.get, "/sessions/:session_id", for: .read) { _, context, caller in
            let summary = SessionSummary(try await session(context.capture("session_id"), caller))
            return Response(json: summary.json(state: try await states.member(of: summary)))
        }
        routes.v1(.get, "/sessions/:session_id/events", for: .read) { request, context, caller in
            let session = try await session(context.capture("session_id"), caller)
            return try await events(of: session, request)
        }
    }

    private func list(_ request: Request, _ caller: Caller) async throws -> Response {
        let parameters = ListParameters(request)
        let limit = try parameters.limit()
        var query = SessionQuery(scope: caller.listScope, limit: limit + 1)
        query.status = try parameters.text("status").map { text in
            guard let status = SessionStatus(rawValue: text) else {
                throw APIError.invalid("'status' must be active, expired, deleted or erased", field: "status")
            }
            return status
        }
        query.endUser = parameters.text("end_user")
        query.entityID = parameters.text("entity_id")
        query.createdAfter = try parameters.time("created_after")
        query.createdBefore = try parameters.time("created_before")
        query.before = try parameters.cursor()
        let found = try await services.ledger.sessions(query)
        let members = try await states.members(of: Array(found.prefix(limit)))
        return Response(
            json: ListParameters.page(
                found, limit: limit, position: \.firstPosition, json: { $0.json(state: members[$0.id] ?? .null) }))
    }

    /// A session in any status; what the caller may not read is unknown.
    private func session(_ id: String, _ caller: Caller) async throws -> SessionState {
        guard Identifier.isWellFormed(id), let state = try await services.sessions.load([id], files: [])[id],
            caller.ledgerReadership.reads(state)
        else { throw APIError.sessionNotFound }
        return state
    }

    private func events(of session: SessionState, _ request: Request) async throws -> Response {
        let parameters = ListParameters(request)
        let after = try parameters.integer("after", default: 0, in: 0...Int64.max)
        let limit = Int(try parameters.integer("limit", default: 200, in: 1...1000))
        let page = try await EventPage.read(
            session, after: after, limit: limit, type: parameters.text("type").map(EventType.init), from: services.log)
        return Response(json: page.json)
    }
}

extension SessionSummary {
    /// The session object of CONTRACT 10.1.
    ///
    /// - Parameter state: its `state` member.
    func json(state: JSONValue) -> JSONValue {
        let isErased = status == .erased
        return [
            "session_id": .string(id), "status": .string(status.rawValue), "kind": .string(kind.rawValue),
            "owner": ["tenant": .string(owner.tenant), "principal": isErased ? nil : .string(owner.principal)],
            "end_user": isErased ? nil : .string(orNull: endUser),
            "entity_id": isErased ? nil : .string(orNull: entityID),
            "created_at": .string(createdAt.description), "last_activity_at": .string(lastActivityAt.description),
            "expires_at": .string(orNull: expiresAt?.description), "execution_count": .int(executionCount),
            "file_count": .int(fileCount), "total_file_bytes": .int(fileBytes), "state": state,
            "forked_from": nil, "sequence": .int(version), "position": .int(position),
            "head_hash": .string(headHash.hex),
        ]
    }
}
