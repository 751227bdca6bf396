import Events
import Synchronization

/// What follows a cursor, as soon as it is committed: from memory while the reader keeps up, else from the log.
///
/// One task runs `run()`, another asks for `next`.
final class EventFeed: Sendable {
    private let log: any EventLog
    private let buffer = Mutex(FeedBuffer())
    private let news: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(_ log: any EventLog) {
        self.log = log
        (news, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes in what the log's follower delivers, until that or the task ends.
    ///
    /// - Parameter events: the stream of `EventLog.follow()`, taken before the first call of `next`.
    func run(_ events: AsyncStream<[Event]>) async {
        for await batch in events {
            buffer.withLock { $0.receive(batch) }
            signal.yield()
        }
        signal.finish()
    }

    /// To be called when the next cursor is not the end of what `next` returned last.
    func rewind() { buffer.withLock { $0.rewind() } }

    /// The next events after `cursor`, at least one and at most `limit`.
    ///
    /// - Throws: `LogError` with `.closed` when the follower has ended; `CancellationError`.
    func next(after cursor: Int64, limit: Int) async throws -> [Event] {
        while true {
            try Task.checkCancellation()
            switch buffer.withLock({ $0.next(after: cursor, limit: limit) }) {
            case .events(let events): return events
            case .read:
                let page = try await log.read(after: cursor, limit: limit)
                buffer.withLock { $0.didRead(page.count, limit: limit) }
                if !page.isEmpty { return page }
            case .wait:
                var iterator = news.makeAsyncIterator()
                guard await iterator.next() != nil else {
                    try Task.checkCancellation()
                    throw LogError(.closed, "the log is shutting down")
                }
            }
        }
    }
}
