import Logging
import Synchronization
import Testing

@testable import Events

@Suite("Follower", .timeLimit(.minutes(1)))
struct FollowerTests {
    /// A log to be read from, which counts how often it is, and may do something in the middle of being read.
    private final class Source: Sendable {
        private struct State {
            var events: [Event] = []
            var reads: [Int64] = []
            var failures = 0
            var whileReading: (@Sendable () async -> Void)?
        }

        private let state = Mutex(State())

        var reads: [Int64] { state.withLock { $0.reads } }

        func set(_ events: [Event]) { state.withLock { $0.events = events } }

        func failNext() { state.withLock { $0.failures += 1 } }

        /// `body` runs once: after the next page was taken, before the follower gets it.
        func whileReadingNext(_ body: @escaping @Sendable () async -> Void) {
            state.withLock { $0.whileReading = body }
        }

        func read(after position: Int64, limit: Int) async throws -> [Event] {
            let (page, mustFail, body) = state.withLock { state in
                state.reads.append(position)
                let mustFail = state.failures > 0
                if mustFail { state.failures -= 1 }
                defer { state.whileReading = nil }
                let page = state.events.filter { $0.position > position }.prefix(limit)
                return (Array(page), mustFail, state.whileReading)
            }
            await body?()
            if mustFail { throw LogError(.unavailable, "test") }
            return page
        }
    }

    private let source = Source()
    private let follower: Follower

    init() {
        follower = Follower(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { [source] in
            try await source.read(after: $0, limit: $1)
        }
    }

    private func events(
        _ positions: ClosedRange<Int64>, _ type: EventType = EventType(rawValue: "test.noted"),
        execution: String? = nil
    ) -> [Event] {
        positions.map { position in
            Event(
                position: position, session: "s", version: position, type: type, time: Timestamp(milliseconds: 0),
                execution: execution, data: "{}", salt: [], dataCommitment: [], previousHash: [], hash: [])
        }
    }

    /// Everything that was published so far.
    private func published(_ stream: AsyncStream<[Event]>) async -> [Int64] {
        await follower.close()
        return await stream.first(.max).map(\.position)
    }

    @Test("A batch that follows the last one is passed on without reading")
    func inOrder() async {
        await follower.start(at: 0)
        let stream = await follower.follow()
        await follower.deliver(events(1...2))
        await follower.deliver(events(3...3))
        expectSame(await published(stream), [1, 2, 3])
        expectSame(source.reads, [])
    }

    @Test("A batch with a gap before it is read from the log, the gap included")
    func gap() async {
        await follower.start(at: 0)
        let stream = await follower.follow()
        source.set(events(1...5))
        await follower.deliver(events(4...5))
        await follower.deliver(events(1...3))
        expectSame(await published(stream), [1, 2, 3, 4, 5])
        expectSame(source.reads, [0])
    }

    @Test("A batch that comes twice is passed on once")
    func twice() async {
        await follower.start(at: 0)
        let stream = await follower.follow()
        await follower.deliver(events(1...3))
        await follower.deliver(events(1...3))
        await follower.deliver([])
        expectSame(await published(stream), [1, 2, 3])
    }

    @Test("A batch delivered while the log is read is not repeated by what was read")
    func deliveredWhileReading() async {
        await follower.start(at: 0)
        let stream = await follower.follow()
        source.set(events(1...5))
        source.whileReadingNext { [follower, batch = events(1...3)] in await follower.deliver(batch) }
        await follower.catchUp()
        expectSame(await published(stream), [1, 2, 3, 4, 5])
    }

    @Test("What is committed while the log is read is read too")
    func committedWhileReading() async {
        await follower.start(at: 0)
        let stream = await follower.follow()
        source.set(events(1...2))
        source.whileReadingNext { [source, follower, all = events(1...4)] in
            source.set(all)
            await follower.notified(by: 7)
        }
        await follower.notified(by: 7)
        expectSame(await published(stream), [1, 2, 3, 4])
    }

    @Test("The log is read page by page to its end")
    func pages() async {
        await follower.start(at: 10)
        let stream = await follower.follow()
        source.set(events(1...2310))
        await follower.catchUp()
        expectSame(await published(stream), Array(11...2310))
        expectSame(source.reads, [10, 1010, 2010])
    }

    @Test("A batch split by a page is passed on whole and once")
    func splitBatch() async {
        await follower.start(at: 0)
        let stream = await follower.follow()
        source.set(events(1...1002))
        // Taken after the first page, which ends within the batch of 999...1002.
        source.whileReadingNext { [follower, batch = events(999...1002)] in await follower.deliver(batch) }
        await follower.catchUp()
        expectSame(await published(stream), Array(1...1002))
    }

    @Test("When reading fails nothing is lost: the next reason to read goes on from the same place")
    func readingFails() async {
        await follower.start(at: 0)
        let stream = await follower.follow()
        source.set(events(1...2))
        source.failNext()
        await follower.catchUp()
        await follower.catchUp()
        expectSame(await published(stream), [1, 2])
        expectSame(source.reads, [0, 0])
    }

    @Test("Notifications of the own appender say nothing new, those of others do")
    func notifications() async {
        await follower.start(at: 0)
        await follower.ownBackend(7)
        await follower.notified(by: 7)
        expectSame(source.reads, [])
        await follower.notified(by: 8)
        expectSame(source.reads, [0])
    }

    @Test("Before it is started a follower passes on nothing, and it is started once")
    func start() async {
        let stream = await follower.follow()
        await follower.deliver(events(1...1))
        await follower.catchUp()
        await follower.start(at: 5)
        await follower.start(at: 1)
        await follower.deliver(events(6...6))
        expectSame(await published(stream), [6])
    }

    @Test("An end that was passed on needs no look-up, nor does one whose request was")
    func knownEnd() async throws {
        await follower.start(at: 0)
        let noLookUp: @Sendable () async throws -> Event? = {
            Issue.record("there was no need to look it up")
            return nil
        }
        await follower.deliver(events(1...1, .executionRequested, execution: "e"))
        async let waiting = follower.milestone(of: "e", after: 0, lookUp: noLookUp)
        let finished = events(2...2, .executionFinished, execution: "e")
        await follower.deliver(finished)
        expectSame([try await waiting], finished)
        expectSame([try await follower.milestone(of: "e", after: 0, lookUp: noLookUp)], finished)
    }

    @Test("An end that is passed on while it is looked up in vain is not missed")
    func endWhileLookingUp() async throws {
        await follower.start(at: 0)
        let finished = events(1...1, .executionFinished, execution: "e")
        let found = try await follower.milestone(of: "e", after: 0) { [follower] in
            await follower.deliver(finished)
            return nil
        }
        expectSame([found], finished)
    }

    @Test("The end of an execution that many others have made forgotten is looked up")
    func forgottenEnd() async throws {
        await follower.start(at: 0)
        await follower.deliver(events(1...1, .executionFinished, execution: "old"))
        for position in 2...Int64(5000) {
            await follower.deliver(events(position...position, .executionRequested, execution: "e\(position)"))
        }
        let finished = events(1...1, .executionFinished, execution: "old")
        expectSame([try await follower.milestone(of: "old", after: 0) { finished[0] }], finished)
    }

    @Test("Who comes after the close hears of it at once")
    func closed() async {
        await follower.close()
        expectSame(await follower.follow().first(.max), [])
        await expectLogError(.closed) { try await follower.milestone(of: "e", after: 0) { nil } }
    }
}
