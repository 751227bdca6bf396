public import FoundationEssentials
public import Postgres

/// Keys in PostgreSQL, shared by all replicas. Rows whose time is over go with every use: nobody has to clean up.
public struct PostgresIdempotencyKeys: IdempotencyKeys {
    private static let use = "select * from runledger.use_key($1, $2, $3)"
    private static let refuse = "select * from runledger.refuse_key($1, $2, $3)"
    private static let forget = "select runledger.forget_command($1, $2)"

    private let client: PostgresClient
    private let lifetime: Int

    /// - Parameter lifetime: seconds a use is remembered (`IDEMPOTENCY_TTL_HOURS`).
    public init(client: PostgresClient, lifetime: Int) {
        self.client = client
        self.lifetime = lifetime
    }

    public func recall(_ use: IdempotencyUse) async throws -> IdempotencyRecall {
        let rows = try await client.query(
            SQLQuery(
                Self.use, [.uuid(use.command), .bytes(use.digest), .int4(Int32(lifetime))], isIdempotent: true)
        ).rows
        guard let row = rows.first else { return .open }
        guard try row.decode(0, as: [UInt8].self) == use.digest else { return .otherRequest }
        if let position = try row.decode(3, as: Int64?.self) {
            return .taken(position: position, count: Int(try row.decode(4, as: Int32.self)))
        }
        guard let status = try row.decode(1, as: Int32?.self) else { return .open }
        return .refused(status: Int(status), body: try row.decode(2, as: [UInt8].self))
    }

    public func refuse(_ use: IdempotencyUse, status: Int, body: [UInt8]) async throws -> IdempotencyRecall? {
        let rows = try await client.query(
            SQLQuery(Self.refuse, [.uuid(use.command), .int4(Int32(status)), .bytes(body)], isIdempotent: true)
        ).rows
        return try rows.first.map { row in
            .refused(status: Int(try row.decode(0, as: Int32.self)), body: try row.decode(1, as: [UInt8].self))
        }
    }

    public func forget(_ command: UUID, before position: Int64) async throws {
        _ = try await client.query(
            SQLQuery(Self.forget, [.uuid(command), .int8(position)], isIdempotent: true))
    }
}
