import DequeModule

/// Decides what goes into the next commit (DESIGN 3.1; the policy is KurrentDB's): if nothing is in flight send
/// everything queued; when the answer comes send again. No timer: the fsync is the timer.
///
/// A pure state machine: the appender carries out what it returns.
struct BatchPolicy<Item: Sendable>: Sendable {
    /// Events and bytes a batch may hold; one append larger than that goes alone.
    let maximumEvents: Int
    let maximumWeight: Int

    private struct Waiting {
        let item: Item
        let session: String
        let events: Int
        let weight: Int
    }

    private var waiting = Deque<Waiting>()
    private(set) var isInFlight = false

    init(maximumEvents: Int = 512, maximumWeight: Int = 1 << 20) {
        self.maximumEvents = maximumEvents
        self.maximumWeight = maximumWeight
    }

    var isEmpty: Bool { waiting.isEmpty && !isInFlight }

    mutating func add(_ item: Item, session: String, events: Int, weight: Int) {
        waiting.append(Waiting(item: item, session: session, events: events, weight: weight))
    }

    /// The next batch, now in flight; nil while one is in flight or nothing waits. Appends of one session keep their
    /// order: at most one of them is in a batch, because each is judged against the head the one before left.
    mutating func next() -> [Item]? {
        guard !isInFlight, !waiting.isEmpty else { return nil }
        var batch: [Item] = []
        var sessions: Set<String> = []
        var left = Deque<Waiting>()
        var events = 0
        var weight = 0
        var isFull = false
        while let candidate = waiting.popFirst() {
            isFull =
                isFull
                || !batch.isEmpty
                    && (events + candidate.events > maximumEvents || weight + candidate.weight > maximumWeight)
            // A session that was passed over once is passed over for the rest of the batch, to keep its order.
            if isFull || !sessions.insert(candidate.session).inserted {
                left.append(candidate)
                if isFull {
                    left.append(contentsOf: waiting)
                    break
                }
                continue
            }
            batch.append(candidate.item)
            events += candidate.events
            weight += candidate.weight
        }
        waiting = left
        isInFlight = true
        return batch
    }

    /// The batch in flight was answered.
    mutating func landed() {
        isInFlight = false
    }

    /// Everything that waits, for failing it at shutdown.
    mutating func drain() -> [Item] {
        defer { waiting.removeAll() }
        return waiting.map(\.item)
    }
}
