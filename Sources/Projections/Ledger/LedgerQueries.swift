public import Events
public import Postgres

/// Questions across sessions, answered from the views. Owners are filtered in SQL: what a request may not see is
/// never read.
public struct LedgerQueries: LedgerReader {
    private let client: PostgresClient
    private let life: SessionLife

    /// Creates the queries over a client that runs.
    ///
    /// - Parameter life: how long sessions live after their last use.
    public init(client: PostgresClient, life: SessionLife = .endless) {
        self.client = client
        self.life = life
    }

    private static let events = "select * from runledger.execution_events($1)"
    private static let waitsForTurn = """
        select exists (
            select from runledger.queue q join runledger.queue e on e.session = q.session
                where q.execution = $1 and q.serial and e.serial and e.position < q.position)
        """
    private static let listSessions = "select * from runledger.list_sessions($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    private static let listExecutions = """
        select x.*, coalesce((e.data::json ->> 'programmatic')::boolean, false)
            from runledger.list_executions($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) x
                left join runledger.event e on e.position = x.requested_position
        """

    public func events(ofExecution execution: String) async throws -> [Event] {
        try await client.query(SQLQuery(Self.events, [.text(execution.withoutNUL)], isIdempotent: true)).rows
            .map { try EventRow.event($0) }
    }

    public func waitsForTurn(_ execution: String) async throws -> Bool {
        try await client.query(SQLQuery(Self.waitsForTurn, [.text(execution)], isIdempotent: true)).rows
            .first?.decode(0) ?? false
    }

    /// An execution as it is now; nil when it does not exist.
    public func execution(_ execution: String) async throws -> ExecutionState? {
        ExecutionState(try await events(ofExecution: execution))
    }

    public func sessions(_ query: SessionQuery) async throws -> [SessionSummary] {
        let filters: [SQLParameter] = [
            .text(orNull: query.status?.rawValue), .text(orNull: query.endUser), .text(orNull: query.entityID),
            .milliseconds(query.createdAfter), .milliseconds(query.createdBefore), .int8(orNull: query.before),
            .int8(Int64(query.limit)), life.parameter,
        ]
        let rows = try await list(Self.listSessions, query.scope, filters).map { row in
            var summary = try SessionColumns.row(row)
            summary.expiresAt = try row.optionalTime(SessionColumns.count)
            return summary
        }
        return Array(rows.sorted { $0.firstPosition > $1.firstPosition }.prefix(query.limit))
    }

    public func executions(_ query: ExecutionQuery) async throws -> [ExecutionSummary] {
        let filters: [SQLParameter] = [
            .text(orNull: query.session), .text(orNull: query.status), .text(orNull: query.language),
            .text(orNull: query.endUser), .milliseconds(query.createdAfter), .milliseconds(query.createdBefore),
            .int8(orNull: query.before), .int8(Int64(query.limit)),
        ]
        let rows = try await list(Self.listExecutions, query.scope, filters).map { row in
            var summary = ExecutionSummary(try ExecutionColumns.row(row))
            summary.isProgrammatic = try row.decode(ExecutionColumns.count)
            return summary
        }
        return Array(rows.sorted { $0.position > $1.position }.prefix(query.limit))
    }

    /// One query per owner, in one round trip: each has the index for it, which one query for all would not.
    private func list(_ sql: String, _ scope: OwnerScope, _ filters: [SQLParameter]) async throws -> [SQLRow] {
        let queries = scope.parts.map { SQLQuery(sql, $0 + filters, isIdempotent: true) }
        return try await client.transaction(queries).flatMap(\.rows)
    }
}

extension OwnerScope {
    /// Tenant and principal of each set of rows that is in the scope; null stands for any.
    fileprivate var parts: [[SQLParameter]] {
        switch self {
        case .owners(let owners):
            Set(owners).map { [.text($0.tenant.withoutNUL), .text($0.principal.withoutNUL)] }
        case .tenant(let tenant): [[.text(tenant.withoutNUL), .null]]
        case .everything: [[.null, .null]]
        }
    }
}

extension SQLParameter {
    fileprivate static func text(orNull value: String?) -> SQLParameter { value.map { .text($0.withoutNUL) } ?? .null }

    fileprivate static func int8(orNull value: Int64?) -> SQLParameter { value.map { .int8($0) } ?? .null }

    fileprivate static func milliseconds(_ value: Timestamp?) -> SQLParameter { int8(orNull: value?.milliseconds) }
}
