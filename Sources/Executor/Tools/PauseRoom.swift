import Events
import Synchronization

/// Where runs stand that wait for the results of their tool calls, each with its sandbox stopped.
///
/// A place is taken before the calls are on record, so that results that come at once find it.
final class PauseRoom: Sendable {
    enum Wake: Sendable, Equatable {
        /// The `execution.tool_results_recorded` event.
        case results(Event)
        /// Nobody waits here any longer: the sandbox is to be given up, and the run repeated when results come.
        case dropped
    }

    private struct State {
        var places: [String: Place] = [:]
        var isClosed = false
    }

    private struct Place {
        var wake: Wake?
        var continuation: CheckedContinuation<Wake, Never>?
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: places; each holds the memory of one sandbox.
    init(capacity: Int) { self.capacity = capacity }

    /// Takes a place; false when there is none.
    func expect(_ execution: String) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.places.count < capacity else { return false }
            state.places[execution] = Place()
            return true
        }
    }

    /// Waits at a place that was taken, and leaves it. Dropped when patience, the task or the room ends.
    func wait(for execution: String, patience: Duration) async -> Wake {
        let timer = Task {
            try await Task.sleep(for: patience)
            wake(execution, .dropped)
        }
        defer {
            timer.cancel()
            leave(execution)
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let wake = state.withLock { state -> Wake? in
                    guard let place = state.places[execution] else { return .dropped }
                    if let wake = place.wake { return wake }
                    if Task.isCancelled { return .dropped }
                    state.places[execution]?.continuation = continuation
                    return nil
                }
                if let wake { continuation.resume(returning: wake) }
            }
        } onCancel: {
            wake(execution, .dropped)
        }
    }

    /// Gives up a place without waiting.
    func leave(_ execution: String) { state.withLock { $0.places[execution] = nil } }

    /// Tells of what was committed.
    func note(_ events: [Event]) {
        for event in events where event.type == .executionToolResultsRecorded {
            if let execution = event.execution { wake(execution, .results(event)) }
        }
    }

    /// Drops everyone, and lets nobody in any more.
    func close() {
        let executions = state.withLock { state in
            state.isClosed = true
            return Array(state.places.keys)
        }
        for execution in executions { wake(execution, .dropped) }
    }

    /// The first reason stands.
    private func wake(_ execution: String, _ wake: Wake) {
        let continuation = state.withLock { state -> CheckedContinuation<Wake, Never>? in
            guard let place = state.places[execution], place.wake == nil else { return nil }
            state.places[execution]?.wake = wake
            state.places[execution]?.continuation = nil
            return place.continuation
        }
        continuation?.resume(returning: wake)
    }
}
