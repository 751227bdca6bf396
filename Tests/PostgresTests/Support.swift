import Postgres
import TestSupport

/// A connection to a new empty database.
func freshConnection(options: [String: String] = [:]) async throws -> PostgresConnection {
    try await PostgresConnection.connect(
        PostgresConfiguration(url: try await TestDatabase.fresh(), options: options))
}

/// A connection to the shared server, for tests that leave nothing behind.
func sharedConnection(options: [String: String] = [:]) async throws -> PostgresConnection {
    try await PostgresConnection.connect(
        PostgresConfiguration(url: try await TestDatabase.shared.url, options: options))
}

extension PostgresConnection {
    /// The first column of the first row.
    func value<Value: SQLDecodable>(_ sql: String, _ parameters: SQLParameter..., as: Value.Type = Value.self)
        async throws -> Value
    {
        try await query(SQLQuery(sql, parameters)).rows[0].decode(0)
    }
}
