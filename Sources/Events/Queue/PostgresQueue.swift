public import FoundationEssentials
public import Postgres

/// The queue in PostgreSQL: rows are taken with SKIP LOCKED, so executors never wait for each other.
public struct PostgresQueue: ExecutionQueue {
    private static let claim = """
        select claim, attempt, cancelled, \(EventRow.columns) from runledger.claim_executions($1, $2)
        """
    private static let heartbeat = "select runledger.heartbeat($1, $2, $3, $4)"
    private static let retire = "select runledger.retire_executor($1)"
    private static let held = "select claim from runledger.queue where executor = $1"
    private static let release = "select runledger.release_claims($1, $2)"
    private static let overdue = "select execution, session, version, claim from runledger.overdue_waits($1)"
    private static let names = "select name from runledger.executor"
    private static let retireNamed = "select runledger.retire_named_executors($1)"

    private let client: PostgresClient

    public init(client: PostgresClient) { self.client = client }

    public func claim(executor: UUID, limit: Int) async throws -> [ClaimedExecution] {
        let result = try await client.query(SQLQuery(Self.claim, [.uuid(executor), .int4(Int32(limit))]))
        return try result.rows.map { row in
            ClaimedExecution(
                requested: try EventRow.event(row, from: 3), claim: try row.decode(0),
                attempt: Int64(try row.decode(1, as: Int32.self)), recorded: false,
                cancelled: try row.decode(2, as: String?.self).map { TerminationReason(rawValue: $0) ?? .cancelled })
        }
    }

    public func heartbeat(executor: UUID, name: String, capacity: Int, lease: Int) async throws {
        _ = try await client.query(
            SQLQuery(
                Self.heartbeat,
                [.uuid(executor), .text(name), .int4(Int32(capacity)), .int4(Int32(lease))], isIdempotent: true))
    }

    public func held(by executor: UUID) async throws -> [UUID] {
        try await client.query(SQLQuery(Self.held, [.uuid(executor)], isIdempotent: true)).rows
            .map { try $0.decode(0) }
    }

    public func release(_ claims: [UUID], of executor: UUID) async throws {
        _ = try await client.query(
            SQLQuery(Self.release, [.uuid(executor), .uuidArray(claims)], isIdempotent: true))
    }

    public func overdueWaits(longerThan seconds: Int) async throws -> [OverdueWait] {
        try await client.query(SQLQuery(Self.overdue, [.int4(Int32(clamping: seconds))], isIdempotent: true)).rows.map {
            OverdueWait(
                execution: try $0.decode(0), session: try $0.decode(1), version: try $0.decode(2),
                claim: try $0.decode(3))
        }
    }

    public func retire(executor: UUID) async throws {
        _ = try await client.query(SQLQuery(Self.retire, [.uuid(executor)], isIdempotent: true))
    }

    public func executorNames() async throws -> [String] {
        try await client.query(SQLQuery(Self.names, isIdempotent: true)).rows.map { try $0.decode(0) }
    }

    public func retire(named names: [String]) async throws {
        _ = try await client.query(SQLQuery(Self.retireNamed, [.textArray(names)], isIdempotent: true))
    }
}
