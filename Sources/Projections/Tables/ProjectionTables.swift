import Events
import Postgres

/// The tables of one version of the views, through the connection of whoever writes them.
struct ProjectionTables {
    /// What the server raises when the checkpoint is not where the writer believes.
    static let checkpointMoved = "RL001"

    /// What each writing connection is set to. A lost commit is no harm: the checkpoint is lost with the rows.
    static let options = ["synchronous_commit": "off", "jit": "off", "application_name": "runledger projector"]

    let connection: PostgresConnection
    let version: Int32

    /// Sessions and executions as the tables have them; those that are not there are left out.
    func load(_ missing: LedgerFold.Missing) async throws -> ([ProjectedSession], [ExecutionState]) {
        guard !missing.isEmpty else { return ([], []) }
        let results = try await connection.transaction([
            SQLQuery(
                "select * from runledger.projected_sessions($1, $2)",
                [.int4(version), .textArray(missing.sessions)]),
            SQLQuery(
                "select * from runledger.projected_executions($1, $2)",
                [.int4(version), .textArray(missing.executions)]),
        ])
        let sessions = try results[0].rows.map { row in
            let summary = try SessionColumns.row(row)
            let files = try FileColumns.files(row, from: SessionColumns.count)
            return ProjectedSession(SessionState(summary, files: files), firstPosition: summary.firstPosition)
        }
        return (sessions, try results[1].rows.map(ExecutionColumns.row))
    }

    /// Writes rows and moves the checkpoint, in one transaction.
    ///
    /// - Throws: `PostgresError`; with SQLSTATE `checkpointMoved` when the tables are not at `from`, or retired.
    func write(_ changes: ViewChanges, from: Int64, to: Int64) async throws {
        var queries = [
            SQLQuery("select runledger.advance_projection($1, $2, $3)", [.int4(version), .int8(from), .int8(to)])
        ]
        func add(_ sql: String, _ parameters: [SQLParameter]) {
            queries.append(SQLQuery(sql, [.int4(version)] + parameters))
        }
        if !changes.sessions.isEmpty { add(Self.applySessions, SessionColumns.parameters(changes.sessions)) }
        if !changes.emptiedSessions.isEmpty { add(Self.emptySessions, [.textArray(changes.emptiedSessions)]) }
        if !changes.removedFiles.isEmpty {
            add(Self.removeFiles, [changes.removedFiles.texts { $0.session }, changes.removedFiles.texts { $0.file }])
        }
        if !changes.files.isEmpty { add(Self.applyFiles, FileColumns.parameters(changes.files)) }
        if !changes.executions.isEmpty { add(Self.applyExecutions, ExecutionColumns.parameters(changes.executions)) }
        if !changes.erasedSessions.isEmpty { add(Self.eraseExecutions, [.textArray(changes.erasedSessions)]) }
        try await connection.transaction(queries)
    }

    private static let applySessions = """
        select runledger.apply_sessions($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        """
    private static let emptySessions = "select runledger.empty_sessions($1, $2)"
    private static let removeFiles = "select runledger.remove_files($1, $2, $3)"
    private static let applyFiles = """
        select runledger.apply_files(
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        """
    private static let applyExecutions = """
        select runledger.apply_executions(
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
            $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40)
        """
    private static let eraseExecutions = "select runledger.erase_executions($1, $2)"
}
