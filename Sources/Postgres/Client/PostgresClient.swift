public import Logging
public import ServiceLifecycle
import Synchronization

/// A few pipelined connections to one database that are kept alive while ``run()`` runs.
///
/// Each query goes to the least busy connection. While the server is away, callers wait up to `patience`. A query
/// marked idempotent is sent again after a lost connection, within the same time; any other surfaces
/// `connectionLost` (not sent) or `outcomeUnknown` (sent, nobody knows).
public final class PostgresClient: Service, Sendable {
    typealias Lease = PoolLease<PostgresConnection>
    typealias Pool = ConnectionPool<PostgresConnection, CheckedContinuation<Lease, any Error>>

    struct State {
        var pool = Pool()
        var nextExpiry: ContinuousClock.Instant?
        var whenIdle: CheckedContinuation<Void, Never>?
        var lastFailure: PostgresError?
    }

    /// The database.
    public let configuration: PostgresConfiguration
    let connections: Int
    let patience: Duration
    let logger: Logger
    let state = Mutex(State())

    /// Creates a client; nothing is connected before ``run()``.
    ///
    /// - Parameters:
    ///   - connections: how many sessions of the server to hold.
    ///   - patience: how long a caller waits for a lost server, retries included.
    public init(
        _ configuration: PostgresConfiguration,
        connections: Int = 4,
        patience: Duration = .seconds(10),
        logger: Logger = Logger(label: "postgres")
    ) {
        precondition(connections > 0, "A client needs at least one connection")
        self.configuration = configuration
        self.connections = connections
        self.patience = patience
        self.logger = logger
    }

    /// Runs one statement in its own transaction.
    ///
    /// - Throws: ``PostgresError``: what the connection says, `timeout` if none became ready, `closed` after the
    ///   end of ``run()``; `CancellationError` if the task is cancelled while it waits for a connection.
    @discardableResult
    public func query(_ query: SQLQuery) async throws -> SQLResult {
        try await withConnection(retrying: query.isIdempotent) { try await $0.query(query) }
    }

    /// Runs statements in one transaction with one round trip. It is sent again only if all are idempotent.
    ///
    /// - Throws: as ``query(_:)``, with ``PostgresError/queryIndex``.
    @discardableResult
    public func transaction(_ queries: [SQLQuery]) async throws -> [SQLResult] {
        let isIdempotent = queries.allSatisfy(\.isIdempotent)
        return try await withConnection(retrying: isIdempotent) { try await $0.transaction(queries) }
    }

    /// Opens a session that is the caller's alone, with further session settings. The caller closes it.
    ///
    /// - Throws: as ``PostgresConnection/connect(_:)``. There is no retry.
    public func dedicated(options: [String: String] = [:]) async throws -> PostgresConnection {
        try await PostgresConnection.connect(configuration.with(options: options))
    }

    /// Opens a session for the time of `body` and closes it afterwards.
    public func withDedicated<Value: Sendable>(
        options: [String: String] = [:], _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await dedicated(options: options)
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }
}

extension PostgresClient {
    private func withConnection<Value: Sendable>(
        retrying isIdempotent: Bool, _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let deadline = ContinuousClock.now + patience
        while true {
            let lease = try await lease(until: deadline)
            do {
                defer { giveBack(lease) }
                return try await body(lease.connection)
            } catch let error as PostgresError where error.code == .connectionLost || error.code == .outcomeUnknown {
                // Its keeper will notice too, but this caller must not get the same connection again.
                state.withLock { $0.pool.remove(lease.id) }
                guard isIdempotent, ContinuousClock.now < deadline else { throw error }
            }
        }
    }

    private func giveBack(_ lease: Lease) {
        let whenIdle: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.pool.giveBack(lease)
            guard state.whenIdle != nil, state.pool.isIdle else { return nil }
            defer { state.whenIdle = nil }
            return state.whenIdle
        }
        whenIdle?.resume()
    }
}
