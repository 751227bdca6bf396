import Synchronization

/// Waiting for a connection while none is ready.
extension PostgresClient {
    func lease(until deadline: ContinuousClock.Instant) async throws -> Lease {
        let (ready, id) = try state.withLock { state -> (Lease?, UInt64) in
            guard !state.pool.isClosed else { throw PostgresClient.closedError }
            if let lease = state.pool.lease() { return (lease, 0) }
            return (nil, state.pool.newWaiterID())
        }
        if let ready { return ready }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { enqueue($0, id, until: deadline) }
        } onCancel: {
            state.withLock { $0.pool.cancel(id) }?.resume(throwing: CancellationError())
        }
    }

    private func enqueue(
        _ waiter: CheckedContinuation<Lease, any Error>, _ id: UInt64, until deadline: ContinuousClock.Instant
    ) {
        let isCancelled = Task.isCancelled
        let answer: Result<Lease, any Error>? = state.withLock { state in
            if state.pool.isClosed { return .failure(PostgresClient.closedError) }
            if isCancelled { return .failure(CancellationError()) }
            if let lease = state.pool.lease() { return .success(lease) }
            state.pool.wait(id, waiter, until: deadline)
            return nil
        }
        if let answer {
            waiter.resume(with: answer)
        } else {
            // The cancellation handler may have come between the question and the queue.
            if Task.isCancelled { state.withLock { $0.pool.cancel(id) }?.resume(throwing: CancellationError()) }
            scheduleExpiry(at: deadline)
        }
    }

    /// One timer for all who wait: there may be thousands of them.
    private func scheduleExpiry(at deadline: ContinuousClock.Instant) {
        let isEarliest = state.withLock { state in
            if let next = state.nextExpiry, next <= deadline { return false }
            state.nextExpiry = deadline
            return true
        }
        guard isEarliest else { return }
        Reactor.shared.execute {
            Reactor.shared.schedule(at: deadline) { [weak self] in self?.expireWaiters() }
        }
    }

    private func expireWaiters() {
        let (expired, next, cause) = state.withLock { state in
            let (waiters, next) = state.pool.expire(at: ContinuousClock.now)
            state.nextExpiry = nil
            return (waiters, next, state.lastFailure)
        }
        let reason = cause.map { ": \($0.message)" } ?? ""
        let error = PostgresError(.timeout, "No connection became ready within \(patience)\(reason)")
        for waiter in expired { waiter.resume(throwing: error) }
        if let next { scheduleExpiry(at: next) }
    }

    static var closedError: PostgresError { PostgresError(.closed, "The client has been shut down") }
}
