import CLibpq

extension PostgresConnection {
    /// Enough to fill a socket buffer some times over, little enough that libpq's buffer stays small.
    private static let flushThreshold = 64 * 1_024

    nonisolated func send(_ queries: [EncodedQuery]) async throws -> [ResultHandle] {
        // Straight to the reactor's inbox: a hop onto the actor and back would be two more jobs a query.
        try await withCheckedThrowingContinuation { continuation in
            let request = Request(queries: queries, continuation: continuation)
            Reactor.shared.execute { self.assumeIsolated { $0.submit(request) } }
        }
    }

    private func submit(_ request: Request) {
        switch state {
        case .closed(let reason): request.continuation.resume(throwing: reason)
        case .open:
            pipeline.submit(request, statements: request.queries.map(\.statement))
            schedulePump()
        }
    }

    private func schedulePump() {
        guard !isPumpScheduled, !isBlocked else { return }
        isPumpScheduled = true
        Reactor.shared.atEndOfTick { self.assumeIsolated { $0.pump() } }
    }

    /// Hands requests to libpq until the socket takes no more. What stays behind is known to be unsent.
    func pump() {
        isPumpScheduled = false
        guard case .open(let handle, _) = state else { return }
        while !isBlocked, let (request, steps) = pipeline.nextToSend() {
            guard write(request, steps, to: handle) else { return lose() }
            pipeline.synced()
            unflushed += request.queries.reduce(0) { $0 + $1.buffer.count }
            // An older libpq has written with the Sync already: this only asks whether all of it went.
            let mustFlush = unflushed >= Self.flushThreshold || clibpq_sync_flushes() != 0
            guard !mustFlush || flush(handle) else { return lose() }
        }
        // Only a writable socket may end a blockade: it comes back here for what still waits.
        guard isBlocked || flush(handle) else { return lose() }
        // While a socket is full libpq takes in what has come: the socket may never be readable for it again.
        readReplies(handle)
    }

    /// False if the connection is gone.
    func flush(_ handle: OpaquePointer) -> Bool {
        let status = PQflush(handle)
        if status <= 0 { unflushed = 0 }
        setBlocked(status > 0)
        return status >= 0
    }

    private func write(
        _ request: Request, _ steps: [Pipeline<Request, ResultHandle>.Step], to handle: OpaquePointer
    ) -> Bool {
        for step in steps {
            let isQueued =
                switch step {
                case .prepare(let query, let name): request.queries[query].sendPrepare(handle, name: name)
                case .execute(let query, let name): request.queries[query].send(handle, prepared: name)
                case .executeUnnamed(let query): request.queries[query].send(handle)
                }
            guard isQueued == 1 else { return false }
        }
        return clibpq_send_sync(handle) == 1
    }

    private func setBlocked(_ blocked: Bool) {
        guard blocked != isBlocked, case .open(_, let watch) = state else { return }
        isBlocked = blocked
        // Reading goes on while we wait: the server may be unable to read before we take its answers.
        Reactor.shared.setInterest(blocked ? [.read, .write] : .read, of: watch)
    }
}
