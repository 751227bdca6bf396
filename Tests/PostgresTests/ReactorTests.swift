import Testing

@testable import Postgres

@Suite("The reactor")
struct ReactorTests {
    private actor Resident {
        nonisolated var unownedExecutor: UnownedSerialExecutor { Reactor.shared.asUnownedSerialExecutor() }
        func isOnReactor() -> Bool { Reactor.shared.isIsolatingCurrentContext() == true }
    }

    @Test("Its actors run on its thread")
    func residence() async {
        #expect(await Resident().isOnReactor())
    }

    @Test("Timers fire in the order of their deadlines, cancelled ones do not")
    func timers() async {
        let fired = AsyncStream<Int>.makeStream()
        Reactor.shared.execute {
            let now = ContinuousClock.now
            Reactor.shared.schedule(at: now + .milliseconds(20)) {
                fired.continuation.yield(2)
                fired.continuation.finish()
            }
            let cancelled = Reactor.shared.schedule(at: now + .milliseconds(10)) { fired.continuation.yield(9) }
            Reactor.shared.schedule(at: now + .milliseconds(5)) { fired.continuation.yield(1) }
            Reactor.shared.cancelTimer(cancelled)
        }
        var order: [Int] = []
        for await number in fired.stream { order.append(number) }
        #expect(order == [1, 2])
    }

    @Test("The end of a tick comes after the work that was enqueued before it, and before later work")
    func endOfTick() async {
        let order = AsyncStream<String>.makeStream()
        Reactor.shared.execute {
            Reactor.shared.atEndOfTick { order.continuation.yield("end of tick") }
            // Enqueued while this tick runs, so it is the next one's.
            Reactor.shared.execute {
                order.continuation.yield("later work")
                order.continuation.finish()
            }
            order.continuation.yield("work")
        }
        var seen: [String] = []
        for await event in order.stream { seen.append(event) }
        #expect(seen == ["work", "end of tick", "later work"])
    }
}
