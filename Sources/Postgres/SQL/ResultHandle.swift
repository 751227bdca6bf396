import CLibpq

/// A `PGresult` and the memory it owns.
///
/// `@unchecked Sendable`: libpq never changes a result once it has been handed out and keeps no way to its
/// connection, so any number of threads may read it; the last one frees it.
final class ResultHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }

    func field(_ code: Int32) -> String? {
        PQresultErrorField(pointer, code).map { String(cString: $0) }
    }

    /// The server is about to end this session: what it says is about the connection, not about the query.
    var isFatal: Bool {
        let severity = field(CLIBPQ_DIAG_SEVERITY)
        return severity == "FATAL" || severity == "PANIC"
    }

    /// The server's error; nil when libpq made the result itself because the connection broke.
    func serverError(queryIndex: Int? = nil) -> PostgresError? {
        guard let sqlState = field(CLIBPQ_DIAG_SQLSTATE) else { return nil }
        return PostgresError(
            .server(sqlState: sqlState),
            field(CLIBPQ_DIAG_MESSAGE) ?? "The server gave no message",
            detail: field(CLIBPQ_DIAG_DETAIL),
            constraint: field(CLIBPQ_DIAG_CONSTRAINT),
            queryIndex: queryIndex)
    }
}
