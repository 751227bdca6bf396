public import Logging
public import Postgres
public import ServiceLifecycle

/// The log in PostgreSQL. Runs as a service: it follows the log until graceful shutdown.
public final class PostgresLog: EventLog, Service {
    private let client: PostgresClient
    private let listener: PostgresListener
    private let follower: Follower
    private let appender: Appender
    private let cache: BlobCache

    /// - Parameters:
    ///   - client: for reads.
    ///   - listener: must listen on `runledger_event`; run by the caller's service group.
    ///   - patience: how long appends wait for a database that is away before they fail.
    public init(
        configuration: PostgresConfiguration, client: PostgresClient, listener: PostgresListener,
        cache: BlobCache, patience: Duration = .seconds(10), logger: Logger
    ) {
        self.client = client
        self.listener = listener
        self.cache = cache
        let read: Follower.Reader = { after, limit in
            try EventRow.events(
                try await client.query(
                    SQLQuery(
                        EventRow.afterPosition, [.int8(after), .int8(Int64(limit))], isIdempotent: true)))
        }
        follower = Follower(logger: logger, read: read)
        appender = Appender(
            configuration: configuration, follower: follower, read: read, patience: patience, logger: logger)
    }

    /// The channel on which each committed batch is announced.
    public static let channel = "runledger_event"

    /// Makes the partitions ahead of the head and takes the head as the place to follow from. Call before `run`.
    public func prepare() async throws {
        try await ensurePartitions()
        await follower.start(at: try await head())
    }

    private func ensurePartitions() async throws {
        try await client.query(SQLQuery("select runledger.ensure_partitions()", isIdempotent: true))
    }

    /// Follows the log: notifications wake it, a second of silence makes it look anyway (a notification can be lost
    /// with its connection).
    public func run() async throws {
        let events = listener.events()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in events.cancelOnGracefulShutdown() {
                    switch event {
                    case .listening: await self.follower.catchUp()
                    case .notification(_, _, let backend): await self.follower.notified(by: backend)
                    case .disconnected: break
                    }
                }
            }
            group.addTask {
                var seconds = 0
                while (try? await Task.sleep(for: .seconds(1))) != nil {
                    await self.follower.catchUp()
                    seconds += 1
                    if seconds % 3600 == 0 { try? await self.ensurePartitions() }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Takes no more appends and ends every follower; for after the services that use it have stopped.
    public func close() async {
        await appender.close()
        await follower.close()
    }

    public func append(_ append: Append) async throws -> AppendOutcome {
        // Before the append, because whoever waits for its events asks for their blobs at once. If it is refused, the
        // entries say nothing wrong: they are found by their digest only, and events that name it do not exist.
        for blob in append.blobs { cache.put(blob.bytes, session: blob.session, sha256: blob.sha256) }
        return try await appender.append(append)
    }

    public func read(after position: Int64, limit: Int) async throws -> [Event] {
        try EventRow.events(
            try await client.query(
                SQLQuery(EventRow.afterPosition, [.int8(position), .int8(Int64(limit))], isIdempotent: true)))
    }

    public func read(session: String, after version: Int64, limit: Int) async throws -> [Event] {
        try EventRow.events(
            try await client.query(
                SQLQuery(
                    EventRow.ofSession, [.text(session), .int8(version), .int8(Int64(limit))], isIdempotent: true)))
    }

    public func stateEvents(session: String, limit: Int) async throws -> [Event] {
        try EventRow.events(
            try await client.query(
                SQLQuery(EventRow.states, [.text(session), .int8(Int64(limit))], isIdempotent: true)))
    }

    public func head() async throws -> Int64 {
        let result = try await client.query(
            SQLQuery(EventRow.head, isIdempotent: true))
        return try result.rows.first?.decode(0) ?? 0
    }

    public func follow() async -> AsyncStream<[Event]> { await follower.follow() }

    public func milestone(execution: String, session: String, after position: Int64) async throws -> Event {
        try await follower.milestone(of: execution, after: position) { [client] in
            let result = try await client.query(
                SQLQuery(
                    EventRow.milestone, [.text(session), .text(execution), .int8(position)], isIdempotent: true))
            return try EventRow.events(result).first
        }
    }
}
