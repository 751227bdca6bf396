public import Events
public import Logging
public import Postgres

/// Records the end of sessions that nobody used for as long as they live (CONTRACT 7.7). Readers have seen them
/// expired from the very moment on; the event makes it part of the record, and lets their contents go later.
public struct SessionExpiry: Sendable {
    /// Sessions looked at together.
    private static let batch = 500

    private static let expirable = "select * from runledger.expirable_sessions($1, $2)"
    private static let forget = "select runledger.forget_dead_sessions()"

    private let client: PostgresClient
    private let log: any EventLog
    private let life: SessionLife
    private let logger: Logger

    public init(client: PostgresClient, log: any EventLog, life: SessionLife, logger: Logger) {
        self.client = client
        self.log = log
        self.life = life
        self.logger = logger
    }

    /// - Parameter interval: `SESSION_CLEANUP_INTERVAL_MINUTES`.
    public func work(every interval: Duration) -> Upkeep.Work {
        Upkeep.Work(name: "sessions", interval: interval) { try await perform() }
    }

    /// Ends every session whose time is over and returns how many those were.
    @discardableResult
    public func perform() async throws -> Int {
        var ended = 0
        while let seconds = life.seconds {
            let found = try await expirable(seconds)
            let expired = try await expire(found)
            ended += expired
            // Those that are refused (held, or used meanwhile) would be found again.
            guard found.count == Self.batch, expired > 0 else { break }
        }
        if ended > 0 { logger.info("sessions expired", metadata: ["count": "\(ended)"]) }
        try await client.query(SQLQuery(Self.forget, isIdempotent: true))
        return ended
    }

    private struct Candidate {
        var session: String
        var version: Int64
        var usedAt: Timestamp
    }

    private func expirable(_ seconds: Int64) async throws -> [Candidate] {
        try await client.query(
            SQLQuery(Self.expirable, [.int8(seconds), .int4(Int32(Self.batch))], isIdempotent: true)
        ).rows.map { Candidate(session: try $0.decode(0), version: try $0.decode(1), usedAt: try $0.time(2)) }
    }

    /// Side by side, so that the log takes them in few batches.
    private func expire(_ sessions: [Candidate]) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { [log, life] group in
            for candidate in sessions {
                let event = SessionExpired(usedAt: candidate.usedAt, hours: Int64(life.hours)).event()
                let append = Append(
                    session: candidate.session, expected: .exactly(candidate.version), events: [event])
                group.addTask { try await log.append(append).committed != nil }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }
}
