import Foundation
import Postgres
import Synchronization
import TestSupport

/// Databases with the log's schema. The first one is migrated, all others are copies of it.
enum MigratedDatabase {
    private static let template = Task {
        let url = try await TestDatabase.fresh()
        try await migrate(url)
        return try databaseName(url)
    }
    private static let copies = Atomic<Int>(0)

    /// A new database with an empty log in the shared server; returns its URL.
    static func fresh() async throws -> String { try await copy(of: try await template.value) }

    /// A new database with everything that is in another one, which nobody may be connected to.
    static func copy(of name: String) async throws -> String {
        let copy = "log\(copies.add(1, ordering: .relaxed).newValue)"
        let server = try await TestDatabase.shared
        let connection = try await PostgresConnection.connect(PostgresConfiguration(url: server.url))
        try await connection.query(SQLQuery("create database \(copy) template \(name) strategy file_copy"))
        await connection.close()
        return server.cluster.connectionURL(database: copy)
    }

    static func migrate(_ url: String) async throws {
        let root = URL(filePath: #filePath).appending(path: "../../../..").standardized
        try await Migrator(directory: root.appending(path: "Migrations").path)
            .migrate(PostgresConfiguration(url: url))
    }

    static func databaseName(_ url: String) throws -> String {
        guard let name = URLComponents(string: url)?.path.dropFirst(), !name.isEmpty else {
            throw PostgresError(.configuration, "The URL names no database")
        }
        return String(name)
    }
}
