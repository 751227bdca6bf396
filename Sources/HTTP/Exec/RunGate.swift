import Synchronization

/// Lets in as many runs as this process may hold, running and waiting together (CONTRACT 5.9). Decided before
/// anything is recorded, so that a refused run leaves no trace.
final class RunGate: Sendable {
    private struct State {
        var inside = 0
        var isOpen = true
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    /// Runs `body` as one of those inside.
    ///
    /// - Throws: 503 when the gate is full, or closed because the server is shutting down.
    func pass<Value>(_ body: () async throws -> Value) async throws -> Value {
        try state.withLock { state in
            guard state.isOpen else { throw APIError.unavailable("The server is shutting down") }
            guard state.inside < capacity else {
                throw APIError.unavailable("Too many runs are waiting, try again", retryAfter: 5)
            }
            state.inside += 1
        }
        defer { state.withLock { $0.inside -= 1 } }
        return try await body()
    }

    /// Lets nobody in any more; those inside go on.
    func close() { state.withLock { $0.isOpen = false } }
}
