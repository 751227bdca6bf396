/// A statement with its parameters.
///
/// The SQL is a constant: every text becomes a prepared statement of each connection that runs it.
public struct SQLQuery: Sendable {
    /// One statement with `$1`, `$2`, ... for the parameters.
    public var sql: String
    /// The parameters, `$1` first. At most 65,535.
    public var parameters: [SQLParameter]
    /// Whether running it twice is as good as once. Only such a query is sent again after a lost connection.
    public var isIdempotent: Bool

    /// Creates a query.
    public init(_ sql: String, _ parameters: [SQLParameter] = [], isIdempotent: Bool = false) {
        self.sql = sql
        self.parameters = parameters
        self.isIdempotent = isIdempotent
    }
}
