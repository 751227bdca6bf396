/// What went wrong between us and PostgreSQL.
///
/// The description never holds a connection string, a password or a parameter. ``detail`` may quote values of
/// the failed row, so it is left out of the description: log it only where content may be logged.
public struct PostgresError: Error, Sendable {
    /// The kind of failure; what a caller may do next follows from it.
    public enum Code: Sendable, Hashable {
        /// The server refused the query; nothing of it (or of its transaction) was kept.
        case server(sqlState: String)
        /// There is no connection, or it died before the query was sent: sending it again is safe.
        case connectionLost
        /// The connection died after the query was sent: it may or may not have been committed.
        case outcomeUnknown
        /// This object was closed by its owner.
        case closed
        /// A deadline passed before anything was sent.
        case timeout
        /// A column could not be read as the wanted type.
        case decoding
        /// A setting or parameter that can never work, e.g. a malformed URL.
        case configuration
        /// A migration step is missing, out of order, or its file cannot be read.
        case schemaStepInvalid
        /// The file of an applied migration step has changed since.
        case schemaStepChanged
        /// The database was migrated by a newer version of this program.
        case schemaTooNew
        /// The private cluster could not be created, started or stopped.
        case embeddedCluster
    }

    /// The kind of failure.
    public var code: Code
    /// One sentence for a person.
    public var message: String
    /// The server's DETAIL field, which may quote values; also the end of the server log for a cluster failure.
    public var detail: String?
    /// The name of the violated constraint, where the server names one.
    public var constraint: String?
    /// Which query of a ``PostgresConnection/transaction(_:)`` failed, counted from 0; nil at commit.
    public var queryIndex: Int?

    /// Creates an error.
    public init(
        _ code: Code, _ message: String, detail: String? = nil, constraint: String? = nil, queryIndex: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.detail = detail
        self.constraint = constraint
        self.queryIndex = queryIndex
    }

    /// The five characters of the server's SQLSTATE, or nil when the error is not the server's.
    public var sqlState: String? {
        if case .server(let sqlState) = code { sqlState } else { nil }
    }
}

extension PostgresError: CustomStringConvertible {
    /// The code and the message, without ``detail``.
    public var description: String {
        var text = "\(code): \(message)"
        if let constraint { text += " (constraint \(constraint))" }
        if let queryIndex { text += " (query \(queryIndex))" }
        return text
    }
}
