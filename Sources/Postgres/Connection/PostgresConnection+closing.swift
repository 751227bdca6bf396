import CLibpq

extension PostgresConnection {
    /// The server or the network ended the session.
    func lose() {
        shutDown(PostgresError(.connectionLost, "The connection was lost: \(farewell ?? "no reason was given")"))
    }

    func shutDown(_ reason: PostgresError) {
        guard case .open(let handle, let watch) = state else { return }
        state = .closed(reason)
        Reactor.shared.unwatch(watch)
        PQfinish(handle)
        let (unsent, unknown) = pipeline.close()
        for request in unsent { request.continuation.resume(throwing: reason) }
        let doubt = PostgresError(.outcomeUnknown, "The query was sent, then: \(reason.message)")
        for request in unknown { request.continuation.resume(throwing: doubt) }
        let waiters = closedWaiters.values
        closedWaiters = [:]
        for waiter in waiters { waiter.resume(returning: reason) }
    }

    func forgetWaiter(_ waiter: UInt64) {
        closedWaiters.removeValue(forKey: waiter)?.resume(throwing: CancellationError())
    }
}
