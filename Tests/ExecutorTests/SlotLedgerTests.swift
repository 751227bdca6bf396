import Testing

@testable import Executor

@Suite("Slots of an executor")
struct SlotLedgerTests {
    /// A ledger that has its lease and knows its queue to be empty.
    private func open(capacity: Int) -> SlotLedger {
        var slots = SlotLedger(capacity: capacity)
        slots.open()
        slots.noteClaimed(asked: capacity, got: 0)
        return slots
    }

    @Test("Nothing is reserved before the first lease")
    func closedAtFirst() {
        var slots = SlotLedger(capacity: 2)
        slots.noteClaimed(asked: 2, got: 0)
        #expect(!slots.reserve())
        slots.open()
        #expect(slots.free == 2)
    }

    @Test("As many are reserved as there are places")
    func capacity() {
        var slots = open(capacity: 2)
        #expect(slots.reserve())
        #expect(slots.reserve())
        #expect(!slots.reserve())
        #expect(slots.taken == 2)
    }

    @Test("A request that found no place makes later ones queue too, so that it is not overtaken")
    func noOvertaking() {
        var slots = open(capacity: 1)
        #expect(slots.reserve())
        #expect(!slots.reserve())
        slots.release()
        #expect(!slots.reserve())
        slots.noteClaimed(asked: 1, got: 0)
        #expect(slots.reserve())
    }

    @Test("A queue that gave all that was asked may have more")
    func moreMayWait() {
        var slots = open(capacity: 4)
        slots.noteWaiting()
        slots.noteClaimed(asked: 2, got: 2)
        #expect(slots.mayHaveWaiting)
        slots.noteClaimed(asked: 2, got: 1)
        #expect(!slots.mayHaveWaiting)
    }

    @Test("A closed ledger has no free place although none is taken")
    func closed() {
        var slots = open(capacity: 3)
        slots.close()
        #expect(slots.free == 0)
        #expect(!slots.reserve())
    }
}
