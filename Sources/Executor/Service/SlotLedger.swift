/// Counts the places of an executor: how many runs it may hold, how many it holds, and whether work may be waiting
/// in the queue. A pure state machine; the service guards it with a lock.
struct SlotLedger: Sendable {
    let capacity: Int
    private(set) var taken = 0
    /// Nothing is taken before the first lease, after a lost one, or while draining.
    private var isOpen = false
    /// True while the queue may hold work nobody has: new requests must then queue too, or they would overtake it.
    private(set) var mayHaveWaiting = true
    /// Counts the reasons to look; a look answers only those that came before it.
    private(set) var reasons = 0

    init(capacity: Int) { self.capacity = capacity }

    var free: Int { isOpen ? max(capacity - taken, 0) : 0 }

    mutating func open() { isOpen = true }

    mutating func close() { isOpen = false }

    /// Takes a place for a request that is about to be appended; false if it must go through the queue.
    mutating func reserve() -> Bool {
        guard free > 0, !mayHaveWaiting else {
            noteWaiting()
            return false
        }
        taken += 1
        return true
    }

    /// Takes places for claimed executions.
    mutating func take(_ count: Int) { taken += count }

    mutating func release() { taken -= 1 }

    /// Takes a place for a run that had given its own up; false if there is none. It was there before whatever waits in
    /// the queue.
    mutating func takeAgain() -> Bool {
        guard free > 0 else { return false }
        taken += 1
        return true
    }

    mutating func noteWaiting() {
        mayHaveWaiting = true
        reasons += 1
    }

    /// The queue was asked for `asked` and gave `got`: fewer means that nothing waits any more, unless a new reason to
    /// look came after the queue was asked.
    ///
    /// - Parameter before: `reasons` when it was asked.
    mutating func noteClaimed(asked: Int, got: Int, before: Int) {
        if got < asked, reasons == before { mayHaveWaiting = false }
    }
}
