import Events

/// Events that were committed while the projector was busy, as far as memory allows. Pure state.
///
/// The follower's stream has no bound, and a projector that catches up for minutes must not hold all that happens
/// meanwhile: beyond `capacity` the events are dropped and read from the log when their turn comes.
struct FeedBuffer {
    enum Step {
        /// The next events.
        case events([Event])
        /// The next events are in the log only: read them and tell `didRead`.
        case read
        /// There is nothing new.
        case wait
    }

    static let capacity = 4096

    private var batches: [[Event]] = []
    private var count = 0
    /// Whether the log may hold events after the cursor that are not in `batches`. So it is at the start.
    private var mustRead = true

    /// Events that follow all received before.
    mutating func receive(_ events: [Event]) {
        count += events.count
        if count > Self.capacity {
            batches = []
            count = 0
            mustRead = true
        } else {
            batches.append(events)
        }
    }

    /// What to do to get at most `limit` events after `cursor`.
    mutating func next(after cursor: Int64, limit: Int) -> Step {
        guard !mustRead else { return .read }
        var events: [Event] = []
        while events.count < limit, let batch = batches.first {
            let new = batch.drop { $0.position <= cursor }.prefix(limit - events.count)
            let isTaken = new.last?.position == batch.last?.position || new.isEmpty
            events.append(contentsOf: new)
            guard isTaken else { break }
            batches.removeFirst()
            count -= batch.count
        }
        guard let first = events.first else { return .wait }
        guard first.position == cursor + 1 else {
            // Dropping them is safe: they are committed, so the log has them and whatever is missing before them.
            mustRead = true
            return .read
        }
        return .events(events)
    }

    /// The cursor was moved to where the events here may not begin.
    mutating func rewind() { mustRead = true }

    /// A page of the log after the cursor was read. One that is not full was the end of the log at that time, and
    /// what came later is received.
    mutating func didRead(_ count: Int, limit: Int) { mustRead = count == limit }
}
