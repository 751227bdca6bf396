import CLibpq

extension PostgresConnection {
    /// Takes a session over from the thread that made it.
    func adopt(_ session: BlockingSession) throws {
        guard let handle = session.release() else {
            throw PostgresError(.closed, "The session was handed over already")
        }
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
            PQfinish(handle)
            throw PostgresError(.connectionLost, "The connection was lost as soon as it was made")
        }
        let watch = Reactor.shared.watch(PQsocket(handle), .read) { [weak self] readable, writable in
            self?.assumeIsolated { $0.socketIsReady(readable: readable, writable: writable) }
        }
        state = .open(handle, watch: watch)
    }

    private func socketIsReady(readable: Bool, writable: Bool) {
        guard case .open(let handle, _) = state else { return }
        if readable {
            var isAlive = true
            repeat {
                isAlive = PQconsumeInput(handle) == 1
                readReplies(handle)
                guard case .open = state else { return }
            } while isAlive && clibpq_tls_pending(handle) > 0
            guard isAlive else { return lose() }
        }
        if writable, isBlocked {
            guard flush(handle) else { return lose() }
            // Still blocked, it sends nothing new.
            pump()
        }
    }

    /// Also after the connection broke: what came before that is as good as ever.
    func readReplies(_ handle: OpaquePointer) {
        discardNotifications(handle)
        while pipeline.expectsReplies, PQisBusy(handle) == 0 {
            guard let reply = nextReply(handle) else { return lose() }
            switch pipeline.received(reply) {
            case .none: break
            case .complete(let request, .success(let answers)): request.continuation.resume(returning: answers)
            case .complete(let request, .failure(let error)): request.continuation.resume(throwing: error)
            case .violation(let reason): return shutDown(PostgresError(.connectionLost, reason))
            }
        }
    }

    /// nil if the connection is gone.
    private func nextReply(_ handle: OpaquePointer) -> Pipeline<Request, ResultHandle>.Reply? {
        guard let pointer = PQgetResult(handle) else {
            return PQstatus(handle) == CONNECTION_BAD ? nil : .endOfStep
        }
        let result = ResultHandle(owning: pointer)
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return .success(result)
        case PGRES_PIPELINE_ABORTED: return .skipped
        case PGRES_PIPELINE_SYNC: return .synced
        case PGRES_FATAL_ERROR where !result.isFatal:
            return result.serverError().map { .failure($0) }
        default:
            // FATAL: the session ends, whatever the query did. COPY cannot be answered in a pipeline.
            farewell = result.serverError()?.message
            return nil
        }
    }

    private func discardNotifications(_ handle: OpaquePointer) {
        while let notification = PQnotifies(handle) { PQfreemem(notification) }
    }
}
