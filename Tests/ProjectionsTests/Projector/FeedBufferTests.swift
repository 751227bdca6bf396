import Events
import Testing

@testable import Projections

@Suite struct FeedBufferTests {
    private func events(_ positions: ClosedRange<Int64>) -> [Event] {
        positions.map { .committed(Samples.created(), session: "s", version: $0, position: $0) }
    }

    private func positions(_ step: FeedBuffer.Step) -> [Int64]? {
        if case .events(let events) = step { events.map(\.position) } else { nil }
    }

    private func isRead(_ step: FeedBuffer.Step) -> Bool { if case .read = step { true } else { false } }
    private func isWait(_ step: FeedBuffer.Step) -> Bool { if case .wait = step { true } else { false } }

    /// A buffer whose reader has reached the end of the log.
    private func caughtUp() -> FeedBuffer {
        var buffer = FeedBuffer()
        buffer.didRead(0, limit: 10)
        return buffer
    }

    @Test("It begins with reading the log, to the end")
    func beginning() {
        var buffer = FeedBuffer()
        #expect(isRead(buffer.next(after: 0, limit: 10)))
        buffer.didRead(10, limit: 10)
        #expect(isRead(buffer.next(after: 10, limit: 10)))
        buffer.didRead(3, limit: 10)
        #expect(isWait(buffer.next(after: 13, limit: 10)))
    }

    @Test("What comes while the log is read is not applied twice")
    func overlap() {
        var buffer = FeedBuffer()
        buffer.receive(events(5...7))
        #expect(isRead(buffer.next(after: 0, limit: 10)))
        buffer.didRead(6, limit: 10)
        #expect(positions(buffer.next(after: 6, limit: 10)) == [7])
        #expect(isWait(buffer.next(after: 7, limit: 10)))
    }

    @Test("Batches are joined and split at the limit")
    func limit() {
        var buffer = caughtUp()
        buffer.receive(events(1...3))
        buffer.receive(events(4...9))
        #expect(positions(buffer.next(after: 0, limit: 5)) == [1, 2, 3, 4, 5])
        #expect(positions(buffer.next(after: 5, limit: 5)) == [6, 7, 8, 9])
        #expect(isWait(buffer.next(after: 9, limit: 5)))
    }

    @Test("A gap is looked up in the log")
    func gap() {
        var buffer = caughtUp()
        buffer.receive(events(5...6))
        #expect(isRead(buffer.next(after: 3, limit: 10)))
        buffer.didRead(3, limit: 10)
        #expect(isWait(buffer.next(after: 6, limit: 10)))
    }

    @Test("More than fits is left to the log")
    func overflow() {
        var buffer = caughtUp()
        for start in stride(from: Int64(1), to: 8001, by: 1000) { buffer.receive(events(start...start + 999)) }
        #expect(isRead(buffer.next(after: 0, limit: 10)))
    }
}
