import Events
import Foundation
import Logging
import Postgres
import Projections
import TestSupport
import Testing

/// A fresh database with the schema, a client, and a log that runs, for the time of one test.
struct TestLedger: Sendable {
    let client: PostgresClient
    let log: PostgresLog
    var reader: PostgresSessionReader { PostgresSessionReader(client: client) }
    var queries: LedgerQueries { LedgerQueries(client: client) }
    var administration: ProjectionAdministration { ProjectionAdministration(client: client, log: log) }

    /// A server of this suite's own: dozens of tests run side by side, with five connections each.
    private static let server = Task { try await TestDatabase.start(settings: ["max_connections": "500"]) }

    /// The migrations of this checkout.
    private static var migrations: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Migrations").path
    }

    static func run(_ body: @Sendable @escaping (TestLedger) async throws -> Void) async throws {
        let database = PostgresConfiguration(url: try await server.value.fresh())
        try await Migrator(directory: migrations).migrate(database)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = PostgresClient(database, connections: 2, logger: logger)
        let listener = PostgresListener(database, channels: [PostgresLog.channel], logger: logger)
        let log = PostgresLog(
            configuration: database, client: client, listener: listener, cache: BlobCache(), logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            group.addTask { try await listener.run() }
            try await log.prepare()
            group.addTask { try await log.run() }
            try await body(TestLedger(client: client, log: log))
            await log.close()
            group.cancelAll()
        }
    }

    /// A projector that is not running.
    func projector() -> Projector {
        Projector(client: client, log: log, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Runs a projector for the time of `body`.
    @discardableResult
    func withProjector<Value>(_ body: (Projector) async throws -> Value) async throws -> Value {
        let projector = projector()
        let task = Task { try await projector.run() }
        defer { task.cancel() }
        let value = try await body(projector)
        task.cancel()
        try await task.value
        return value
    }

    /// Runs a projector until the views hold all of the log.
    func project() async throws {
        let head = try await log.head()
        try await withProjector { projector in
            try await projector.progress { $0.isLeading && $0.position >= head }
        }
    }

    @discardableResult
    func append(_ session: String, _ events: NewEvent...) async throws -> [Event] {
        try await append(session, events)
    }

    @discardableResult
    func append(_ session: String, _ events: [NewEvent]) async throws -> [Event] {
        let outcome = try await log.append(
            Append(session: session, expected: .any, events: events, queueOwner: "owner"))
        return try #require(outcome.committed)
    }

    func allEvents() async throws -> [Event] { try await log.read(after: 0, limit: 1_000_000) }

    /// Runs a statement of the test's own, e.g. to damage a row.
    @discardableResult
    func sql(_ text: String, _ parameters: [SQLParameter] = []) async throws -> SQLRows {
        try await client.query(SQLQuery(text, parameters)).rows
    }

    /// The serving version of the views.
    func servingVersion() async throws -> Int32 {
        try #require(
            try await sql("select version from runledger.projection where status = 'serving' limit 1").first
        ).decode(0)
    }
}
