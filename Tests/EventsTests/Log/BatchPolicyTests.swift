import Testing

@testable import Events

@Suite("Batch policy")
struct BatchPolicyTests {
    private func policy(
        _ items: [(item: Int, session: String)], events: Int = 1, weight: Int = 1, maximumEvents: Int = 512,
        maximumWeight: Int = 1 << 20
    ) -> BatchPolicy<Int> {
        var policy = BatchPolicy<Int>(maximumEvents: maximumEvents, maximumWeight: maximumWeight)
        for (item, session) in items { policy.add(item, session: session, events: events, weight: weight) }
        return policy
    }

    /// All batches until nothing waits.
    private func batches(_ policy: BatchPolicy<Int>) -> [[Int]] {
        var policy = policy
        var batches: [[Int]] = []
        while let batch = policy.next() {
            batches.append(batch)
            policy.landed()
        }
        return batches
    }

    @Test("Nothing waits, nothing is sent")
    func empty() {
        var policy = BatchPolicy<Int>()
        #expect(policy.next() == nil)
        #expect(policy.isEmpty)
        #expect(!policy.isInFlight)
    }

    @Test("With nothing in flight everything that waits is sent")
    func sendsAll() {
        var policy = policy([(1, "a"), (2, "b"), (3, "c")])
        #expect(policy.next() == [1, 2, 3])
        #expect(policy.isInFlight)
        #expect(!policy.isEmpty)
    }

    @Test("While a batch is in flight nothing is sent, whatever comes")
    func waitsForAnswer() {
        var policy = policy([(1, "a")])
        #expect(policy.next() == [1])
        policy.add(2, session: "b", events: 1, weight: 1)
        #expect(policy.next() == nil)
        policy.landed()
        #expect(policy.next() == [2])
        policy.landed()
        #expect(policy.isEmpty)
    }

    @Test("A batch holds at most one append of a session; the next one follows in the next batch")
    func oneOfASession() {
        expectSame(batches(policy([(1, "a"), (2, "a"), (3, "b"), (4, "a"), (5, "b")])), [[1, 3], [2, 5], [4]])
    }

    @Test("A batch ends before the append that would exceed the limit of events")
    func eventLimit() {
        expectSame(
            batches(policy((1...5).map { ($0, "\($0)") }, events: 3, maximumEvents: 7)), [[1, 2], [3, 4], [5]])
        expectSame(batches(policy((1...4).map { ($0, "\($0)") }, events: 2, maximumEvents: 4)), [[1, 2], [3, 4]])
    }

    @Test("A batch ends before the append that would exceed the limit of bytes")
    func weightLimit() {
        expectSame(
            batches(policy((1...5).map { ($0, "\($0)") }, weight: 40, maximumWeight: 100)), [[1, 2], [3, 4], [5]])
    }

    @Test("An append above a limit goes alone")
    func oversized() {
        var policy = BatchPolicy<Int>(maximumEvents: 4, maximumWeight: 100)
        policy.add(1, session: "a", events: 1, weight: 10)
        policy.add(2, session: "b", events: 9, weight: 10)
        policy.add(3, session: "c", events: 1, weight: 500)
        policy.add(4, session: "d", events: 1, weight: 10)
        expectSame(batches(policy), [[1], [2], [3], [4]])
    }

    @Test("A full batch lets nothing small slip past what waits before it")
    func noOvertaking() {
        var policy = BatchPolicy<Int>(maximumEvents: 4, maximumWeight: 100)
        policy.add(1, session: "a", events: 3, weight: 1)
        policy.add(2, session: "b", events: 3, weight: 1)
        policy.add(3, session: "b", events: 1, weight: 1)
        policy.add(4, session: "c", events: 1, weight: 1)
        expectSame(batches(policy), [[1], [2, 4], [3]])
    }

    @Test("A session's order is kept when the batch is full before its later appends")
    func orderWhenFull() {
        var policy = BatchPolicy<Int>(maximumEvents: 2, maximumWeight: 100)
        for (item, session) in [(1, "a"), (2, "a"), (3, "b"), (4, "c"), (5, "a"), (6, "c")] {
            policy.add(item, session: session, events: 1, weight: 1)
        }
        expectSame(batches(policy), [[1, 3], [2, 4], [5, 6]])
    }

    @Test("Draining gives what waits, in order, and leaves what is in flight")
    func drain() {
        var policy = policy([(1, "a"), (2, "a"), (3, "a")])
        #expect(policy.next() == [1])
        #expect(policy.drain() == [2, 3])
        #expect(policy.isInFlight)
        policy.landed()
        #expect(policy.isEmpty)
    }

    @Test("However appends arrive, each is sent once, within the limits and in its session's order")
    func property() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<500 { checkRandomRun(&random) }
    }

    private struct Item: Sendable, Equatable {
        var number: Int
        var session: String
        var events: Int
        var weight: Int
    }

    private func checkRandomRun(_ random: inout SeededGenerator) {
        var policy = BatchPolicy<Item>(maximumEvents: 10, maximumWeight: 100)
        var added: [Item] = []
        var sent: [Item] = []
        let total = Int.random(in: 0...60, using: &random)
        while added.count < total || !policy.isEmpty {
            switch Int.random(in: 0..<3, using: &random) {
            case 0 where added.count < total:
                let item = Item(
                    number: added.count, session: "s\(Int.random(in: 0..<6, using: &random))",
                    events: .random(in: 1...12, using: &random), weight: .random(in: 1...110, using: &random))
                added.append(item)
                policy.add(item, session: item.session, events: item.events, weight: item.weight)
            case 1:
                let wasInFlight = policy.isInFlight
                guard let batch = policy.next() else { continue }
                #expect(!wasInFlight)
                #expect(Set(batch.map(\.session)).count == batch.count)
                #expect(batch.count == 1 || batch.reduce(0) { $0 + $1.events } <= 10)
                #expect(batch.count == 1 || batch.reduce(0) { $0 + $1.weight } <= 100)
                sent += batch
            default: policy.landed()
            }
        }
        expectSame(sent.map(\.number).sorted(), Array(0..<added.count))
        for session in Set(added.map(\.session)) {
            expectSame(
                sent.filter { $0.session == session }.map(\.number),
                added.filter { $0.session == session }.map(\.number))
        }
    }
}
