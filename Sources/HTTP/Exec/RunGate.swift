import Synchronization

/// Lets in as many runs as this process may hold, running and waiting together (CONTRACT 5.9). Decided before
/// anything is recorded, so that a refused run leaves no trace.
final class RunGate: Sendable {
    private struct State {
        var inside = 0
        var isOpen = true
        var whenEmpty: CheckedContinuation<Void, Never>?
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    /// Takes a place, to be given back by `leave` when the run is over.
    ///
    /// - Throws: 503 when the gate is full, or closed because the server is shutting down.
    func enter() throws {
        try state.withLock { state in
            guard state.isOpen else { throw APIError.unavailable("The server is shutting down") }
            guard state.inside < capacity else {
                throw APIError.unavailable("Too many runs are waiting, try again", retryAfter: 5)
            }
            state.inside += 1
        }
    }

    /// Gives a place back.
    func leave() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.inside -= 1
            guard state.inside == 0 else { return nil }
            defer { state.whenEmpty = nil }
            return state.whenEmpty
        }
        waiter?.resume()
    }

    /// Runs `body` as one of those inside.
    ///
    /// - Throws: as `enter`, and what `body` throws.
    func pass<Value>(_ body: () async throws -> Value) async throws -> Value {
        try enter()
        defer { leave() }
        return try await body()
    }

    /// Whether the server is on its way down: then a connection that ends may have been ended by the server itself.
    var isClosed: Bool { state.withLock { !$0.isOpen } }

    /// Lets nobody in any more; those inside go on.
    func close() { state.withLock { $0.isOpen = false } }

    /// Returns when nobody is inside a closed gate. For one caller.
    func emptied() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.inside > 0 { state.whenEmpty = continuation }
                return state.inside == 0
            }
            if isEmpty { continuation.resume() }
        }
    }
}
