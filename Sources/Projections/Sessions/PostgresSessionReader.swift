public import Events
public import Postgres

/// Sessions as they are now: the views' rows and the events after them, read in one statement and folded here. So it
/// does not matter how late the projector is, nor whether it runs at all.
///
/// The two questions that are not about known sessions (`sessions(owningFile:)`, `latestSession`) look through the
/// events after the views' position: their cost grows with the projector's lag, never with the log.
public struct PostgresSessionReader: SessionReader {
    private let client: PostgresClient
    private let life: SessionLife

    /// Creates a reader over a client that runs.
    ///
    /// - Parameter life: how long sessions live after their last use.
    public init(client: PostgresClient, life: SessionLife = .endless) {
        self.client = client
        self.life = life
    }

    private static let load = "select * from runledger.load_sessions($1, $2, $3)"
    private static let owning = "select session from runledger.owning_sessions($1)"
    private static let recent = "select session, position from runledger.recent_sessions($1, $2, $3, $4, $5, $6)"
    private static let bound = "select session from runledger.runtime_session where key = $1"
    private static let touch = "select runledger.touch_session($1)"

    public func load(_ sessions: [String], files: [String]) async throws -> [String: SessionState] {
        guard !sessions.isEmpty else { return [:] }
        return try await load(sessions, files: files, complete: false)
    }

    public func loadComplete(_ session: String) async throws -> SessionState? {
        try await load([session], files: [], complete: true)[session]
    }

    private func load(_ sessions: [String], files: [String], complete: Bool) async throws -> [String: SessionState] {
        let result = try await client.query(
            SQLQuery(
                Self.load,
                [.textArray(sessions.map(\.withoutNUL)), .textArray(files.map(\.withoutNUL)), .bool(complete)],
                isIdempotent: true))
        var states: [String: SessionState] = [:]
        for row in result.rows {
            var state = try SessionTail.state(row)
            life.judge(&state, try SessionTail.use(row))
            states[state.id] = state
        }
        return states
    }

    public func sessions(owningFile file: String) async throws -> [String] {
        // Only such ids are looked for by the letter in the bodies of events.
        guard Identifier.isWellFormed(file) else { return [] }
        return try await client.query(SQLQuery(Self.owning, [.text(file)], isIdempotent: true)).rows
            .map { try $0.decode(0) }
    }

    public func latestSession(owner: Owner, entityID: String, endUser: String?) async throws -> String? {
        let literal = String(decoding: JSONWriter.canonical(.string(entityID)), as: UTF8.self)
        let result = try await client.query(
            SQLQuery(
                Self.recent,
                [
                    .text(owner.tenant.withoutNUL), .text(owner.principal.withoutNUL), .text(entityID.withoutNUL),
                    .text(literal), endUser.map { .text($0.withoutNUL) } ?? .null,
                    life.parameter,
                ], isIdempotent: true))
        var best: (session: String, position: Int64)?
        var moved: [String] = []
        for row in result.rows {
            if let position: Int64 = try row.decode(1) {
                best = (try row.decode(0), position)
            } else {
                moved.append(try row.decode(0))
            }
        }
        for state in try await load(moved, files: []).values
        where state.isLive && state.kind == .private && state.owner == owner && state.entityID == entityID
            && state.endUser == endUser && state.position > best?.position ?? 0
        {
            best = (state.id, state.position)
        }
        return best?.session
    }

    public func session(boundTo runtime: RuntimeBinding) async throws -> String? {
        try await client.query(SQLQuery(Self.bound, [.bytes(runtime.key)], isIdempotent: true)).rows.first?.decode(0)
    }

    public func touch(_ session: String) async throws -> Timestamp {
        // Repeating it is harmless: the second time it reports the first.
        let result = try await client.query(
            SQLQuery(Self.touch, [.text(session.withoutNUL)], isIdempotent: true))
        guard let row = result.rows.first else { return .now() }
        return try row.time(0)
    }
}
