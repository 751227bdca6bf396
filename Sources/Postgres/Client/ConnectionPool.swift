/// The right to send one request on a connection; to be given back.
struct PoolLease<Connection> {
    var id: UInt64
    var connection: Connection
}

extension PoolLease: Sendable where Connection: Sendable {}

/// Which connections are ready, how busy each is, and who waits for one. Pure state: the client carries it out.
struct ConnectionPool<Connection, Waiter> {
    typealias Lease = PoolLease<Connection>

    private struct Entry {
        var id: UInt64
        var connection: Connection
        var load = 0
        /// Not leased any more, but its last callers have not returned yet.
        var isGone = false
    }

    private var entries: [Entry] = []
    private var waiters: [UInt64: (waiter: Waiter, deadline: ContinuousClock.Instant)] = [:]
    private var lastID: UInt64 = 0
    private(set) var isClosed = false

    var isIdle: Bool { entries.allSatisfy { $0.load == 0 } }

    /// The least busy connection, or nil if none is ready.
    mutating func lease() -> Lease? {
        var best: Int?
        for index in entries.indices where !entries[index].isGone {
            if let other = best, entries[other].load <= entries[index].load { continue }
            best = index
        }
        guard let best else { return nil }
        entries[best].load += 1
        return Lease(id: entries[best].id, connection: entries[best].connection)
    }

    mutating func giveBack(_ lease: Lease) {
        guard let index = entries.firstIndex(where: { $0.id == lease.id }) else { return }
        entries[index].load -= 1
        if entries[index].isGone, entries[index].load == 0 { entries.remove(at: index) }
    }

    /// A connection is ready: everyone who waits may go on.
    mutating func add(_ connection: Connection) -> (id: UInt64, leases: [(Waiter, Lease)]) {
        lastID += 1
        entries.append(Entry(id: lastID, connection: connection))
        // In order of arrival, since ids grow.
        let served = waiters.sorted { $0.key < $1.key }.compactMap { entry in
            lease().map { (entry.value.waiter, $0) }
        }
        waiters = [:]
        return (lastID, served)
    }

    /// A connection is lost: nobody gets it any more.
    mutating func remove(_ id: UInt64) {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
        if entries[index].load == 0 { entries.remove(at: index) } else { entries[index].isGone = true }
    }

    mutating func newWaiterID() -> UInt64 {
        lastID += 1
        return lastID
    }

    mutating func wait(_ id: UInt64, _ waiter: Waiter, until deadline: ContinuousClock.Instant) {
        waiters[id] = (waiter, deadline)
    }

    mutating func cancel(_ id: UInt64) -> Waiter? {
        waiters.removeValue(forKey: id)?.waiter
    }

    /// Those whose deadline has passed, and when to ask again.
    mutating func expire(at now: ContinuousClock.Instant) -> (waiters: [Waiter], next: ContinuousClock.Instant?) {
        let due = waiters.filter { $0.value.deadline <= now }
        for id in due.keys { waiters[id] = nil }
        return (due.values.map(\.waiter), waiters.values.map(\.deadline).min())
    }

    /// No more leases. Returns those who wait in vain.
    mutating func close() -> [Waiter] {
        isClosed = true
        defer { waiters = [:] }
        return waiters.values.map(\.waiter)
    }
}
