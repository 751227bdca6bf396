import CLibpq

/// One session of the server, shared by any number of callers through pipeline mode.
///
/// What all callers of one reactor tick have queued is written together; every request has its own Sync, hence is
/// its own transaction with its own result or error. Statements are prepared on first use and kept.
///
/// Cancelling a caller's task does not stop its query: once written, the server will run it. Bound queries with the
/// session option `statement_timeout`. The connection ends with ``close()``, with its last reference, or when the
/// server goes away; it never reconnects: ``PostgresClient`` does that.
public actor PostgresConnection {
    struct Request: Sendable {
        let queries: [EncodedQuery]
        let continuation: CheckedContinuation<[ResultHandle], any Error>
    }

    enum State {
        case open(OpaquePointer, watch: UInt64)
        case closed(PostgresError)
    }

    /// The server process behind this session, as in `pg_stat_activity`.
    public nonisolated let backendPID: Int32

    var state: State = .closed(PostgresError(.closed, "The connection is not open yet"))
    var pipeline = Pipeline<Request, ResultHandle>()
    var isPumpScheduled = false
    /// Handed to libpq since the last flush, in bytes.
    var unflushed = 0
    /// The socket takes no more: wait until it is writable before anything else is handed to libpq.
    var isBlocked = false
    /// What the server said when it ended the session.
    var farewell: String?
    var closedWaiters: [UInt64: CheckedContinuation<PostgresError, any Error>] = [:]
    var lastWaiter: UInt64 = 0

    /// The reactor thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { Reactor.shared.asUnownedSerialExecutor() }

    /// Opens a session.
    ///
    /// - Throws: ``PostgresError``: `configuration` for a malformed URL, `connectionLost` if the server is not there
    ///   or refuses us, `server` if it refuses an option, `timeout`.
    public static func connect(_ configuration: PostgresConfiguration) async throws -> PostgresConnection {
        let session = try await onOwnThread(named: "postgres-connect") { try BlockingSession(configuration) }
        let connection = PostgresConnection(backendPID: session.backendPID)
        try await connection.adopt(session)
        return connection
    }

    private init(backendPID: Int32) {
        self.backendPID = backendPID
    }

    isolated deinit {
        // Nobody waits any more: a waiting caller holds a reference.
        if case .open(let handle, let watch) = state {
            Reactor.shared.unwatch(watch)
            PQfinish(handle)
        }
    }

    /// Runs one statement in its own transaction and waits until the server has committed it.
    ///
    /// - Throws: ``PostgresError``; see its codes for what may be done next.
    @discardableResult
    public nonisolated func query(_ query: SQLQuery) async throws -> SQLResult {
        SQLResult(try await send([EncodedQuery(query)])[0])
    }

    /// Runs statements in one transaction with one round trip: all are committed, or none.
    ///
    /// - Throws: ``PostgresError`` whose ``PostgresError/queryIndex`` tells which statement the server refused.
    @discardableResult
    public nonisolated func transaction(_ queries: [SQLQuery]) async throws -> [SQLResult] {
        guard !queries.isEmpty else { return [] }
        return try await send(queries.map(EncodedQuery.init)).map(SQLResult.init)
    }

    /// Waits until this connection is no more, and tells why. Session-level locks are lost then.
    ///
    /// - Throws: `CancellationError` if the waiting task is cancelled first.
    public var closed: PostgresError {
        get async throws {
            if case .closed(let reason) = state { return reason }
            lastWaiter += 1
            let waiter = lastWaiter
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    if Task.isCancelled {
                        continuation.resume(throwing: CancellationError())
                    } else if case .closed(let reason) = state {
                        continuation.resume(returning: reason)
                    } else {
                        closedWaiters[waiter] = continuation
                    }
                }
            } onCancel: {
                Reactor.shared.execute { self.assumeIsolated { $0.forgetWaiter(waiter) } }
            }
        }
    }

    /// Ends the session at once. What was written but not answered gets `outcomeUnknown`, the rest `closed`.
    public func close() {
        shutDown(PostgresError(.closed, "The connection was closed"))
    }
}
