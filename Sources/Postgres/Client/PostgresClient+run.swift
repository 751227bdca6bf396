import Logging
import ServiceLifecycle
import Synchronization

extension PostgresClient {
    /// How long queries may take to finish after the shutdown began.
    private static let drainTime = Duration.seconds(5)

    /// Keeps the connections until graceful shutdown or cancellation.
    ///
    /// At a graceful shutdown new queries get `closed`, and those on their way have 5 s to finish.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for slot in 0..<connections {
                group.addTask { await self.keepConnected(slot) }
            }
            try? await gracefulShutdown()
            let waiters = state.withLock { $0.pool.close() }
            for waiter in waiters { waiter.resume(throwing: PostgresClient.closedError) }
            if !Task.isCancelled { await drain() }
            group.cancelAll()
        }
    }

    private func keepConnected(_ slot: Int) async {
        var backoff = Backoff()
        var logger = logger
        logger[metadataKey: "connection"] = "\(slot)"
        while !Task.isCancelled {
            do {
                let connection = try await PostgresConnection.connect(configuration)
                backoff.reset()
                await hold(connection, logger)
            } catch {
                let failure = error as? PostgresError ?? PostgresError(.connectionLost, "The connection failed")
                state.withLock { $0.lastFailure = failure }
                logger.warning("Cannot connect to the database", metadata: ["error": "\(failure)"])
            }
            // Also after a connection was made and lost: a server that drops us at once must not be hammered.
            try? await Task.sleep(for: backoff.next())
        }
    }

    private func hold(_ connection: PostgresConnection, _ logger: Logger) async {
        let (id, served) = state.withLock { $0.pool.add(connection) }
        for (waiter, lease) in served { waiter.resume(returning: lease) }
        let reason = try? await connection.closed
        state.withLock { $0.pool.remove(id) }
        await connection.close()
        if let reason { logger.warning("A database connection was lost", metadata: ["error": "\(reason)"]) }
    }

    private func drain() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.pool.isIdle { return true }
                state.whenIdle = continuation
                return false
            }
            if isIdle { return continuation.resume() }
            let deadline = ContinuousClock.now + Self.drainTime
            Reactor.shared.execute {
                Reactor.shared.schedule(at: deadline) {
                    let late: CheckedContinuation<Void, Never>? = self.state.withLock { state in
                        defer { state.whenIdle = nil }
                        return state.whenIdle
                    }
                    late?.resume()
                }
            }
        }
    }
}
