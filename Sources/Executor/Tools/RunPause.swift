import Synchronization

/// How a run gives up its place among those that run while it waits for tools, and gets one again.
struct RunPause: Sendable {
    let room: PauseRoom
    /// Bounds the time that a sandbox stands stopped; afterwards the run is repeated instead.
    let patience: Duration
    /// Others may run in this one's place.
    let leave: @Sendable () -> Void
    /// Waits for a place; false when the run is not to go on (it has a place all the same, to end in).
    let enter: @Sendable () async -> Bool
    /// Gives the execution back to the queue, where it waits for its results.
    let giveBack: @Sendable () async -> Void
}

/// Whether a run left its execution to be repeated.
final class DropNote: Sendable {
    private struct State {
        var isPaused = false
        var isSet = false
    }

    private let state = Mutex(State())

    var isSet: Bool { state.withLock { $0.isSet } }

    func set() { state.withLock { $0.isSet = true } }

    /// Whether the run waits for results that are asked for on record: nothing is lost then if its sandbox is.
    var isPaused: Bool {
        get { state.withLock { $0.isPaused } }
        set { state.withLock { $0.isPaused = newValue } }
    }
}
