import Synchronization

/// What this process has answered since it began.
final class RequestTally: Sendable {
    private let count = Atomic<Int>(0)
    private let began = ContinuousClock.now

    var requests: Int { count.load(ordering: .relaxed) }
    var uptime: Duration { ContinuousClock.now - began }

    func note() { count.add(1, ordering: .relaxed) }
}
