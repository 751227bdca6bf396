import Events
import Testing

@testable import Executor

@Suite("When the queue is worth a look")
struct TurnWatchTests {
    private func event(_ type: EventType, _ execution: String, session: String = "s") -> Event {
        Event(
            position: 1, session: session, version: 1, type: type, time: Timestamp(milliseconds: 0),
            execution: execution, data: "{}", salt: nil, dataCommitment: [], previousHash: [], hash: [])
    }

    @Test("A request is, unless its claim came with it")
    func requests() {
        var watch = TurnWatch()
        let isWorth1 = watch.note([event(.executionRequested, "a")])
        #expect(isWorth1)
        let isWorth2 = watch.note([event(.executionRequested, "b"), event(.executionClaimed, "b")])
        #expect(!isWorth2)
    }

    @Test("An end is, while another execution of its session waits")
    func turns() {
        var watch = TurnWatch()
        let isWorth3 = watch.note([event(.executionFinished, "x")])
        #expect(!isWorth3)
        _ = watch.note([event(.executionRequested, "a"), event(.executionRequested, "b")])
        let isWorth4 = watch.note([event(.executionFinished, "y", session: "other")])
        #expect(!isWorth4)
        let isWorth5 = watch.note([event(.executionFinished, "x")])
        #expect(isWorth5)
        let isWorth6 = watch.note([event(.executionFinished, "a")])
        #expect(isWorth6)
        let isWorth7 = watch.note([event(.executionFinished, "b")])
        #expect(!isWorth7)
    }

    @Test("Recorded results are")
    func results() {
        var watch = TurnWatch()
        let isWorth8 = watch.note([event(.executionToolResultsRecorded, "a")])
        #expect(isWorth8)
        let isWorth9 = watch.note([event(.executionToolCallRequested, "a")])
        #expect(!isWorth9)
    }

    @Test("Cancellations are remembered for a while, the first reason counts")
    func notes() {
        var notes = CancelNotes()
        notes.add("e", .clientDisconnected)
        notes.add("e", .requested)
        #expect(notes.reason(for: "e") == .clientDisconnected)
        #expect(notes.reason(for: "other") == nil)
        for number in 0..<2000 { notes.add("n\(number)", .requested) }
        #expect(notes.reason(for: "e") == nil)
        #expect(notes.reason(for: "n1999") == .requested)
    }
}
