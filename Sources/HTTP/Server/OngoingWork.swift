import Synchronization

/// Work that outlives the handler that began it: the handler may answer before it is done, and who writes the rest
/// of the answer waits on.
final class OngoingWork<Value: Sendable>: Sendable {
    private struct State {
        var result: Result<Value, any Error>?
        var task: Task<Void, Never>?
        var waiter: CheckedContinuation<Void, Never>?
        /// Counts the waits, so that a late timer wakes nobody else's.
        var wait = 0
    }

    private let state = Mutex(State())

    /// Begins the work.
    init(_ work: @escaping @Sendable () async throws -> Value) {
        let task = Task {
            do {
                finish(.success(try await work()))
            } catch {
                finish(.failure(error))
            }
        }
        state.withLock { $0.task = task }
    }

    /// What came of it, waiting at most so long; nil when it is not done. One caller at a time. A caller that is
    /// cancelled takes the work with it and gets its end.
    func result(within limit: Duration?) async -> Result<Value, any Error>? {
        await withTaskCancellationHandler {
            await wait(limit)
        } onCancel: {
            state.withLock { $0.task }?.cancel()
        }
        return state.withLock { $0.result }
    }

    /// What came of it, however long it takes.
    func value() async throws -> Value {
        while true {
            if let result = await result(within: nil) { return try result.get() }
        }
    }

    private func wait(_ limit: Duration?) async {
        let wait = state.withLock { state in
            state.wait += 1
            return state.wait
        }
        let timer = limit.map { limit in
            Task {
                try await Task.sleep(for: limit)
                wake(wait)
            }
        }
        defer { timer?.cancel() }
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.result == nil { state.waiter = continuation }
                return state.result != nil
            }
            if isDone { continuation.resume() }
        }
    }

    private func wake(_ wait: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.wait == wait else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    private func finish(_ result: Result<Value, any Error>) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.result = result
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
