import Synchronization

/// Counts failed credentials by peer in fixed windows (CONTRACT 3.1, D4). Valid credentials never ask it.
final class FailureLimiter: Sendable {
    private struct Window {
        var start: ContinuousClock.Instant
        var failures: Int
    }

    private let limit: Int
    private let length: Duration
    private let windows = Mutex<[String: Window]>([:])

    init(limit: Int, window: Duration) {
        self.limit = limit
        length = window
    }

    /// Counts one failure of a peer.
    ///
    /// - Returns: how long the peer must wait when it has failed too often, else nil.
    func record(_ peer: String, now: ContinuousClock.Instant = .now) -> Duration? {
        windows.withLock { windows in
            // A flood from many addresses must not fill the memory.
            if windows.count >= 10_000 { windows = windows.filter { now - $0.value.start < length } }
            var window = windows[peer] ?? Window(start: now, failures: 0)
            if now - window.start >= length { window = Window(start: now, failures: 0) }
            window.failures += 1
            windows[peer] = window
            return window.failures > limit ? length - (now - window.start) : nil
        }
    }
}
