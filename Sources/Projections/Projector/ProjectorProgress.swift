import Synchronization

/// How far this process' projector is.
public struct ProjectorProgress: Sendable, Equatable {
    /// Whether this process is the one that writes the views; else another one may be.
    public var isLeading = false
    /// Position of the newest event that this process has written to the views; 0 before the first.
    public var position: Int64 = 0
}

/// Tells those who wait when the progress is what they wait for.
final class ProgressBoard: Sendable {
    private struct Waiter {
        var isMet: @Sendable (ProjectorProgress) -> Bool
        var continuation: CheckedContinuation<ProjectorProgress, any Error>
    }

    private struct State {
        var progress = ProjectorProgress()
        var waiters: [Int: Waiter] = [:]
        var lastWaiter = 0
    }

    private let state = Mutex(State())

    var progress: ProjectorProgress { state.withLock { $0.progress } }

    func update(_ change: (inout ProjectorProgress) -> Void) {
        let (progress, met) = state.withLock { state in
            change(&state.progress)
            let progress = state.progress
            let met = state.waiters.filter { $0.value.isMet(progress) }
            for id in met.keys { state.waiters[id] = nil }
            return (progress, met)
        }
        for waiter in met.values { waiter.continuation.resume(returning: progress) }
    }

    func wait(until isMet: @escaping @Sendable (ProjectorProgress) -> Bool) async throws -> ProjectorProgress {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let now: ProjectorProgress? = state.withLock { state in
                    if isMet(state.progress) { return state.progress }
                    state.waiters[id] = Waiter(isMet: isMet, continuation: continuation)
                    return nil
                }
                if let now { continuation.resume(returning: now) } else if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func cancel(_ id: Int) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
    }
}
