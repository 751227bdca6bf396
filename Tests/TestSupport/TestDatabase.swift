public import Postgres

/// A throwaway PostgreSQL for tests, with fsync off.
///
/// ``shared`` serves the whole test process: take a database of your own with ``fresh()``. Tests that restart or
/// break the server start one of their own with ``start(settings:)``, because all suites run side by side.
public final class TestDatabase: Sendable {
    private static let sharedTask = Task { try await TestDatabase.start() }

    /// The server of this process, started when first asked for and removed when the process ends.
    public static var shared: TestDatabase {
        get async throws { try await sharedTask.value }
    }

    /// A new empty database in ``shared``; returns its URL.
    public static func fresh() async throws -> String {
        try await shared.fresh()
    }

    /// Starts another server, with further configuration lines, e.g. `["fsync": "on"]`.
    public static func start(settings: [String: String] = [:]) async throws -> TestDatabase {
        let fast = ["fsync": "off", "full_page_writes": "off", "max_connections": "200", "shared_buffers": "64MB"]
        let home = try ScratchFolder.make(forServer: true)
        let configuration = EmbeddedCluster.Configuration(
            home: home, database: "test", settings: fast.merging(settings) { _, new in new })
        return TestDatabase(try await EmbeddedCluster.start(configuration))
    }

    /// The cluster behind it.
    public let cluster: EmbeddedCluster
    private let names = NameSource()

    private init(_ cluster: EmbeddedCluster) {
        self.cluster = cluster
    }

    /// The URL of a database that is there from the start.
    public var url: String { cluster.connectionURL }

    /// A new empty database in this server; returns its URL.
    public func fresh() async throws -> String {
        let name = names.next()
        let connection = try await PostgresConnection.connect(PostgresConfiguration(url: url))
        // A template is copied file by file here: faster than through the WAL, and fsync is off.
        try await connection.query(SQLQuery("create database \(name) strategy file_copy"))
        await connection.close()
        return cluster.connectionURL(database: name)
    }

    /// Stops the server (every session ends) and starts it again, at the same URL.
    public func restart() async throws {
        try await stop()
        try await resume()
    }

    /// Stops the server; its URL refuses connections until ``resume()``.
    public func stop() async throws {
        try await cluster.stop()
    }

    /// Starts a stopped server again.
    public func resume() async throws {
        _ = try await EmbeddedCluster.start(cluster.configuration)
    }
}
