import Testing

@testable import Executor

@Suite("The executor's view of its lease")
struct LeaseClockTests {
    private let start = ContinuousClock.now
    private var lease: LeaseClock<ContinuousClock.Instant> { LeaseClock(lease: .seconds(20), margin: .seconds(4)) }

    @Test("Without a renewal there is no lease")
    func none() {
        #expect(!lease.isHeld(at: start))
    }

    @Test("It ends a margin before the database thinks so, counted from before the renewal was sent")
    func margin() {
        var lease = lease
        lease.renewed(sentAt: start)
        #expect(lease.isHeld(at: start + .milliseconds(15_999)))
        #expect(!lease.isHeld(at: start + .seconds(16)))
    }

    @Test("A renewal prolongs it")
    func renewal() {
        var lease = lease
        lease.renewed(sentAt: start)
        lease.renewed(sentAt: start + .seconds(10))
        #expect(lease.isHeld(at: start + .seconds(25)))
    }
}
