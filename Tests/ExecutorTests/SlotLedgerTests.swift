import Testing

@testable import Executor

@Suite("Slots of an executor")
struct SlotLedgerTests {
    /// A ledger that has its lease and knows its queue to be empty.
    private func open(capacity: Int) -> SlotLedger {
        var slots = SlotLedger(capacity: capacity)
        slots.open()
        slots.noteClaimed(asked: capacity, got: 0, before: slots.reasons)
        return slots
    }

    @Test("Nothing is reserved before the first lease")
    func closedAtFirst() {
        var slots = SlotLedger(capacity: 2)
        slots.noteClaimed(asked: 2, got: 0, before: slots.reasons)
        let early = slots.reserve()
        #expect(!early)
        slots.open()
        #expect(slots.free == 2)
    }

    @Test("As many are reserved as there are places")
    func capacity() {
        var slots = open(capacity: 2)
        let answers = (0..<3).map { _ in slots.reserve() }
        #expect(answers == [true, true, false])
        #expect(slots.taken == 2)
    }

    @Test("A request that found no place makes later ones queue too, so that it is not overtaken")
    func noOvertaking() {
        var slots = open(capacity: 1)
        let first = slots.reserve()
        let second = slots.reserve()
        slots.release()
        let whileOneQueues = slots.reserve()
        slots.noteClaimed(asked: 1, got: 0, before: slots.reasons)
        let afterwards = slots.reserve()
        #expect([first, second, whileOneQueues, afterwards] == [true, false, false, true])
    }

    @Test("A queue that gave all that was asked may have more")
    func moreMayWait() {
        var slots = open(capacity: 4)
        slots.noteWaiting()
        slots.noteClaimed(asked: 2, got: 2, before: slots.reasons)
        #expect(slots.mayHaveWaiting)
        slots.noteClaimed(asked: 2, got: 1, before: slots.reasons)
        #expect(!slots.mayHaveWaiting)
    }

    @Test("A request that comes while the queue is asked is not forgotten")
    func raceWithALook() {
        var slots = open(capacity: 4)
        slots.noteWaiting()
        let before = slots.reasons
        slots.noteWaiting()
        slots.noteClaimed(asked: 4, got: 0, before: before)
        #expect(slots.mayHaveWaiting)
    }

    @Test("A closed ledger has no free place although none is taken")
    func closed() {
        var slots = open(capacity: 3)
        slots.close()
        let answer = slots.reserve()
        #expect(slots.free == 0)
        #expect(!answer)
    }
}
