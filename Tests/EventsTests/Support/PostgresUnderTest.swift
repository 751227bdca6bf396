import Events
import Logging
import Postgres
import Testing

/// What one process holds of a log in PostgreSQL, running.
struct PostgresUnderTest: Sendable {
    let url: String
    let client: PostgresClient
    let log: PostgresLog
    let queue: PostgresQueue
    let blobs: PostgresBlobStore

    /// Starts it, runs `body`, and ends everything, whether `body` throws or not.
    ///
    /// - Parameter patience: of appends.
    static func run(
        url: String? = nil, options: [String: String] = [:], patience: Duration = .seconds(60),
        _ body: (PostgresUnderTest) async throws -> Void
    ) async throws {
        var address = url
        if address == nil { address = try await MigratedDatabase.fresh() }
        let configuration = PostgresConfiguration(url: try #require(address), options: options)
        let client = PostgresClient(configuration, connections: 2, patience: .seconds(60), logger: quiet)
        let listener = PostgresListener(configuration, channels: [PostgresLog.channel], logger: quiet)
        let log = PostgresLog(
            configuration: configuration, client: client, listener: listener, cache: BlobCache(), patience: patience,
            logger: quiet)
        // A cache of its own: what is read here comes from the database.
        let blobs = PostgresBlobStore(client: client, cache: BlobCache(capacity: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            group.addTask { try await listener.run() }
            try await log.prepare()
            group.addTask { try await log.run() }
            try await body(
                PostgresUnderTest(
                    url: configuration.url, client: client, log: log, queue: PostgresQueue(client: client), blobs: blobs
                ))
            await log.close()
            group.cancelAll()
        }
    }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs `body` with another connection of the superuser that all tests connect as.
    @discardableResult
    func withConnection<Value: Sendable>(
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await client.withDedicated(body)
    }
}

/// Runs statements as nobody but a superuser can: no trigger sees them.
func tamper(_ url: String, _ statements: String...) async throws {
    let connection = try await PostgresConnection.connect(PostgresConfiguration(url: url))
    try await connection.transaction(
        (["set local session_replication_role = replica"] + statements).map { SQLQuery($0) })
    await connection.close()
}
