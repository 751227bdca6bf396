public import Events
public import Logging
public import Postgres
public import ServiceLifecycle

/// Keeps the views up to date with the log. Any number may run; one per database works, the others stand by.
///
/// Who works is decided by a session-level advisory lock on the connection that also does the writing: whoever loses
/// the connection has lost the lock and cannot write any more, and a standby, which waits for the lock in the server,
/// has it the same moment. That only spares work: exactly once is the checkpoint's doing, which is advanced in the
/// transaction of the rows and only from where this process believes it to be.
///
/// No side effects, and no timers while all is well: a batch is whatever was committed while the last one was
/// written.
public final class Projector: Service {
    /// Most events of one transaction.
    static let batchSize = 500
    /// Rows kept in memory, some 10 MB. Touched sessions that are not among them are loaded.
    private static let memory = 20_000
    /// Before another try after an error.
    private static let pause = Duration.milliseconds(250)

    private static let lock = "select pg_advisory_lock(hashtextextended('runledger.projector', 0))"
    private static let checkpoint = """
        select version, position from runledger.projection where name = 'sessions' and status = 'serving'
        """

    /// The session waits for a lock for as long as it takes, and the server notices within seconds when we are gone:
    /// else a dead projector would keep the lock until TCP gives up.
    private static let options = ProjectionTables.options.merging([
        "statement_timeout": "0", "lock_timeout": "0", "idle_session_timeout": "0",
        "client_connection_check_interval": "2s",
        "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
    ]) { _, new in new }

    private let client: PostgresClient
    private let log: any EventLog
    private let logger: Logger
    private let board = ProgressBoard()

    /// Creates a projector; nothing happens before ``run()``.
    ///
    /// - Parameter client: tells where the database is; the projector opens a connection of its own.
    public init(client: PostgresClient, log: any EventLog, logger: Logger) {
        self.client = client
        self.log = log
        self.logger = logger
    }

    /// How far it is now.
    public var progress: ProjectorProgress { board.progress }

    /// Waits until its progress is as wanted, e.g. `{ $0.position >= 41 }`.
    ///
    /// - Throws: `CancellationError`.
    @discardableResult
    public func progress(
        where isMet: @escaping @Sendable (ProjectorProgress) -> Bool
    ) async throws -> ProjectorProgress {
        try await board.wait(until: isMet)
    }

    /// Works or stands by until graceful shutdown, cancellation, or the end of the log.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.keepLeading() }
    }

    private func keepLeading() async {
        while !Task.isCancelled {
            do {
                try await lead()
            } catch let error as LogError where error.code == .closed {
                return
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("the projector starts again", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// Waits for the lock and works until something fails.
    private func lead() async throws {
        try await client.withDedicated(options: Self.options) { connection in
            try await withTaskCancellationHandler {
                try await connection.query(SQLQuery(Self.lock))
                board.update { $0.isLeading = true }
                defer { board.update { $0.isLeading = false } }
                try await work(connection)
            } onCancel: {
                // A query cannot be called back, but its connection can be closed: what it wrote is committed or not,
                // and the next projector reads from the checkpoint which of the two it is.
                Task { await connection.close() }
            }
        }
    }

    private func work(_ connection: PostgresConnection) async throws {
        // Subscribed before the checkpoint is read, so nothing falls between the two.
        let events = await log.follow()
        let feed = EventFeed(log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await feed.run(events) }
            group.addTask {
                let reason = try await connection.closed
                throw ProjectionError(.sessionLost, reason.message)
            }
            group.addTask { try await self.apply(feed, connection) }
            // The feed ends with the log, which `apply` then reports.
            while try await group.next() != nil {}
        }
    }

    private func apply(_ feed: EventFeed, _ connection: PostgresConnection) async throws {
        while true {
            do {
                try await applyToServing(feed, connection)
            } catch let error as PostgresError where error.sqlState == ProjectionTables.checkpointMoved {
                logger.info("the views were rebuilt: going on with the new ones")
            }
        }
    }

    /// Writes to the version that serves, until that changes.
    private func applyToServing(_ feed: EventFeed, _ connection: PostgresConnection) async throws {
        guard let row = try await connection.query(SQLQuery(Self.checkpoint)).rows.first else {
            throw ProjectionError(.sessionLost, "The database has no views")
        }
        let tables = ProjectionTables(connection: connection, version: try row.decode(0))
        var cursor: Int64 = try row.decode(1)
        var fold = LedgerFold(memory: Self.memory)
        board.update { [cursor] in $0.position = cursor }
        feed.rewind()
        while true {
            let events = try await feed.next(after: cursor, limit: Self.batchSize)
            let (sessions, executions) = try await tables.load(fold.missing(for: events))
            fold.insert(sessions, executions)
            fold.apply(events)
            guard let last = events.last?.position else { continue }
            try await tables.write(fold.takeChanges(), from: cursor, to: last)
            fold.trim()
            cursor = last
            board.update { [cursor] in $0.position = cursor }
        }
    }
}
