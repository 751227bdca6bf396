import Events
import Projections

/// Sessions read by folding a log from its beginning: what the real reader must be equal to.
struct FoldedSessions: SessionReader {
    let log: MemoryLog

    private func all() async throws -> [String: SessionState] {
        var states: [String: SessionState] = [:]
        for event in try await log.read(after: 0, limit: .max) {
            states[event.session, default: SessionState(id: event.session)].apply(event)
        }
        return states
    }

    func load(_ sessions: [String], files: [String]) async throws -> [String: SessionState] {
        try await all().filter { sessions.contains($0.key) }.mapValues { state in
            var state = state
            let current = Set(state.current.values)
            state.files = state.files.filter { current.contains($0.key) || files.contains($0.key) }
            return state
        }
    }

    func loadComplete(_ session: String) async throws -> SessionState? { try await all()[session] }

    func sessions(owningFile file: String) async throws -> [String] {
        try await all().values.filter { $0.files[file]?.bucket == $0.id }.map(\.id)
    }

    func latestSession(owner: Owner, entityID: String, endUser: String?) async throws -> String? {
        try await all().values
            .filter {
                $0.isLive && $0.kind == .private && $0.owner == owner && $0.entityID == entityID
                    && $0.endUser == endUser
            }
            .max { $0.position < $1.position }?.id
    }

    func session(boundTo runtime: RuntimeBinding) async throws -> String? {
        try await log.read(after: 0, limit: .max).last {
            $0.type == .sessionCreated && SessionCreated($0.body).runtime?.key == runtime.key
        }?.session
    }

    func touch(_ session: String) async throws -> Timestamp { .now() }
}
