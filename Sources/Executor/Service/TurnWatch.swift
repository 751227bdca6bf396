import Events

/// Tells from the log when there may be something to claim: a request that nobody took with it, tool results for an
/// execution that nobody may hold, or the end of a run that others of its session wait for.
struct TurnWatch {
    /// Sessions with serial requests that did not come with their claim, and how many.
    private var waiting: [String: Int] = [:]

    /// - Returns: whether to look into the queue.
    mutating func note(_ events: [Event]) -> Bool {
        var claimed: Set<String> = []
        for event in events where event.type == .executionClaimed { claimed.insert(event.execution ?? "") }
        var isWorth = false
        for event in events {
            switch event.type {
            case .executionRequested where !claimed.contains(event.execution ?? ""):
                waiting[event.session, default: 0] += 1
                isWorth = true
            case .executionToolResultsRecorded: isWorth = true
            case .executionFinished:
                guard let count = waiting[event.session] else { continue }
                waiting[event.session] = count > 1 ? count - 1 : nil
                isWorth = true
            default: break
            }
        }
        return isWorth
    }
}

/// Remembers for a while which executions were called off.
struct CancelNotes {
    private static let limit = 1024

    private var reasons: [String: CancelReason] = [:]
    private var order: [String] = []

    mutating func add(_ execution: String, _ reason: CancelReason) {
        guard reasons[execution] == nil else { return }
        reasons[execution] = reason
        order.append(execution)
        guard order.count > Self.limit else { return }
        for old in order.prefix(Self.limit / 2) { reasons[old] = nil }
        order.removeFirst(Self.limit / 2)
    }

    func reason(for execution: String) -> CancelReason? { reasons[execution] }
}

extension CancelReason {
    /// What a recorded cancellation means to a sandbox.
    init(_ reason: TerminationReason) { self = reason == .clientDisconnected ? .clientDisconnected : .requested }
}
