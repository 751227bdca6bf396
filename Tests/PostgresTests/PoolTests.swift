import Testing

@testable import Postgres

@Suite("Pool bookkeeping")
struct PoolTests {
    @Test("The least busy connection is leased")
    func leastBusy() {
        var pool = ConnectionPool<String, Int>()
        _ = pool.add("a")
        _ = pool.add("b")
        let first = pool.lease()
        #expect(first?.connection == "a")
        #expect(pool.lease()?.connection == "b")
        if let first { pool.giveBack(first) }
        #expect(pool.lease()?.connection == "a")
    }

    @Test("A lost connection is not leased, and its last caller may still give it back")
    func lost() {
        var pool = ConnectionPool<String, Int>()
        let (id, _) = pool.add("a")
        let lease = pool.lease()
        pool.remove(id)
        #expect(pool.lease() == nil)
        #expect(!pool.isIdle)
        if let lease { pool.giveBack(lease) }
        #expect(pool.isIdle)
    }

    @Test("Who waits is served in order of arrival by the next connection")
    func servesWaiters() {
        var pool = ConnectionPool<String, Int>()
        let deadline = ContinuousClock.now + .seconds(1)
        for number in 1...3 { pool.wait(pool.newWaiterID(), number, until: deadline) }
        #expect(pool.add("a").leases.map(\.0) == [1, 2, 3])
        #expect(pool.add("b").leases.isEmpty)
    }

    @Test("Deadlines pass one by one, and the next one is told")
    func expires() {
        var pool = ConnectionPool<String, Int>()
        let now = ContinuousClock.now
        pool.wait(1, 1, until: now)
        pool.wait(2, 2, until: now + .seconds(1))
        let (expired, next) = pool.expire(at: now)
        #expect(expired == [1])
        #expect(next == now + .seconds(1))
        #expect(pool.expire(at: now + .seconds(1)).next == nil)
    }

    @Test("Closing tells who waits in vain")
    func closes() {
        var pool = ConnectionPool<String, Int>()
        pool.wait(1, 1, until: ContinuousClock.now)
        #expect(pool.cancel(7) == nil)
        #expect(pool.close() == [1])
        #expect(pool.isClosed)
    }

    @Test("Pauses double up to the longest and are never more than asked for")
    func backoff() {
        var backoff = Backoff()
        let pauses = (0..<10).map { _ in backoff.next(random: 0.999) }
        #expect(pauses.allSatisfy { $0 <= Backoff.longest })
        #expect(pauses[1] == pauses[0] * 2)
        #expect(pauses[9] > Backoff.longest / 2)
        backoff.reset()
        #expect(backoff.next(random: 0) == Backoff.first / 2)
    }
}
