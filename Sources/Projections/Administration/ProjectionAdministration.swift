public import Events
import Logging
public import Postgres

/// Looks after the views: where they are, throwing them away and building them again, proving that they are right.
///
/// For the command line, from any process, while everything else goes on. A rebuild that breaks off leaves tables
/// that nobody reads; the next one removes them.
public struct ProjectionAdministration: Sendable {
    let client: PostgresClient
    let log: any EventLog

    /// Creates an administration over a log and a client that run.
    public init(client: PostgresClient, log: any EventLog) {
        self.client = client
        self.log = log
    }

    /// Creates an administration that reads the log of the client's database.
    public init(client: PostgresClient) {
        // Only ever read from, so it needs no listener that runs.
        let logger = Logger(label: "projections")
        let listener = PostgresListener(client.configuration, channels: [], logger: logger)
        self.init(
            client: client,
            log: PostgresLog(
                configuration: client.configuration, client: client, listener: listener, cache: BlobCache(),
                logger: logger))
    }

    /// Every view and version of its table. Rows are counted one by one.
    public func status() async throws -> [ProjectionStatus] {
        try await client.query(SQLQuery("select * from runledger.projection_status()", isIdempotent: true)).rows
            .compactMap { row in
                guard let name = ProjectionName(rawValue: try row.decode(0)),
                    let use = ProjectionStatus.Use(rawValue: try row.decode(3))
                else { return nil }
                return ProjectionStatus(
                    name: name, version: Int(try row.decode(1, as: Int32.self)), use: use, position: try row.decode(2),
                    head: try row.decode(4), rows: try row.decode(5), bytes: try row.decode(6))
            }
    }

    /// Builds all views again from the log's first event and lets them take the place of those that serve.
    ///
    /// - Parameter progress: called now and then, not on any particular thread.
    /// - Throws: `ProjectionError`, `PostgresError`, `LogError`; the views that served before then still do.
    @discardableResult
    public func rebuild(
        progress: @escaping @Sendable (RebuildProgress) -> Void = { _ in }
    ) async throws -> RebuildReport {
        try await withRebuild(progress) { rebuild in try await rebuild.replaceServing() }
    }

    /// Builds all views again beside those that serve, at the same position, and compares them as text.
    ///
    /// - Parameter progress: called now and then, not on any particular thread.
    public func verify(
        progress: @escaping @Sendable (RebuildProgress) -> Void = { _ in }
    ) async throws -> ProjectionVerification {
        try await withRebuild(progress) { rebuild in try await rebuild.compareWithServing() }
    }

    private func withRebuild<Value: Sendable>(
        _ progress: @escaping @Sendable (RebuildProgress) -> Void,
        _ body: (inout Rebuild) async throws -> Value
    ) async throws -> Value {
        try await client.withDedicated(options: Rebuild.options) { connection in
            var rebuild = try await Rebuild.begin(connection, log, progress)
            do {
                let value = try await body(&rebuild)
                await rebuild.cleanUp()
                return value
            } catch {
                await rebuild.cleanUp()
                throw error
            }
        }
    }
}
