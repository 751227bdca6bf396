import FoundationEssentials
public import Logging
public import Postgres

/// Removes what the log needed for a while: contents that no event ever named, and old command ids.
public struct LogUpkeep: Sendable {
    /// Bytes that were written ahead are orphans once nothing can still be about to name them: an upload is given
    /// twelve hours and a run far less.
    static let contentAge = Duration.seconds(24 * 3600)

    private static let sweep = "select runledger.sweep_contents($1)"
    private static let prune = "select runledger.prune_commands()"

    private let client: PostgresClient
    private let logger: Logger

    public init(client: PostgresClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    /// Once an hour.
    public var work: Upkeep.Work {
        Upkeep.Work(name: "log", interval: .seconds(3600)) { try await perform() }
    }

    func perform() async throws {
        let oldest = Identifier.earliest(madeBefore: Timestamp.now().milliseconds - Int64(Self.contentAge / .milliseconds(1)))
        let parts: Int64 = try await count(SQLQuery(Self.sweep, [.uuid(oldest)], isIdempotent: true))
        let commands: Int64 = try await count(SQLQuery(Self.prune, isIdempotent: true))
        guard parts + commands > 0 else { return }
        logger.info("swept", metadata: ["content_parts": "\(parts)", "commands": "\(commands)"])
    }

    private func count(_ query: SQLQuery) async throws -> Int64 {
        try await client.query(query).rows.first?.decode(0) ?? 0
    }
}

extension Identifier {
    /// The least key that `timeOrdered()` can make at a time: every key made before is smaller, byte by byte, which is
    /// how PostgreSQL compares them.
    static func earliest(madeBefore milliseconds: Int64) -> UUID {
        let time = UInt64(max(milliseconds, 0))
        func byte(_ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: time >> shift) }
        return UUID(
            uuid: (
                byte(40), byte(32), byte(24), byte(16), byte(8), byte(0), 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0
            ))
    }
}
