import Events
import Projections

/// What the session object says about the Python state (CONTRACT 10.1).
struct SessionStateSummary: Sendable {
    private static let none: JSONValue = ["exists": false, "size_bytes": nil, "hash": nil]
    /// Sessions of a page that are asked for side by side.
    private static let width = 16

    let log: any EventLog
    let life: StateLife

    init(_ services: APIServices) {
        log = services.log
        life = services.configuration.stateLife
    }

    /// The `state` members of these sessions by id.
    func members(of sessions: [SessionSummary]) async throws -> [String: JSONValue] {
        try await withThrowingTaskGroup(of: (String, JSONValue).self) { group in
            var found: [String: JSONValue] = [:]
            for (index, session) in sessions.enumerated() {
                if index >= Self.width, let (id, member) = try await group.next() { found[id] = member }
                group.addTask { (session.id, try await member(of: session)) }
            }
            for try await (id, member) in group { found[id] = member }
            return found
        }
    }

    func member(of session: SessionSummary) async throws -> JSONValue {
        guard session.status == .active,
            let state = try await log.liveState(session: session.id, life: life, at: .now())
        else { return Self.none }
        return ["exists": true, "size_bytes": .int(state.blob.size), "hash": .string(state.blob.sha256.hex)]
    }
}
