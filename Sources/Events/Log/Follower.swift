import DequeModule
import Logging

/// Tells everyone in this process what is committed, in order and without gaps, whichever process committed it.
///
/// Batches of the own appender are delivered directly; a notification of another backend, a reconnect, or one second
/// of silence makes it read `position > cursor` to the end. A batch that does not follow the cursor waits for that
/// reading: order is never broken to be fast.
actor Follower {
    typealias Reader = @Sendable (_ after: Int64, _ limit: Int) async throws -> [Event]

    /// What is remembered of executions, so that a waiter of a run that has just ended needs no query.
    private enum Known {
        case requested
        /// The first milestone (nil when it may have been missed) and the newest: it finished, or it waits for tools.
        case reached(first: Event?, newest: Event)
    }

    private struct Waiter {
        var after: Int64
        var continuation: CheckedContinuation<Event, any Error>
    }

    private static let pageSize = 1000
    private static let rememberedExecutions = 4096

    private let read: Reader
    private let logger: Logger
    private var cursor: Int64?
    private var ownBackendPID: Int32 = 0
    private var isReading = false
    private var mustReadAgain = false
    private var subscribers: [Int: AsyncStream<[Event]>.Continuation] = [:]
    private var nextSubscriber = 0
    private var waiters: [String: [Int: Waiter]] = [:]
    private var nextWaiter = 0
    private var known: [String: Known] = [:]
    private var knownOrder = Deque<String>()
    private var isClosed = false

    init(logger: Logger, read: @escaping Reader) {
        self.read = read
        self.logger = logger
    }

    /// Starts at the log's head: what was committed before is history.
    func start(at head: Int64) {
        if cursor == nil { cursor = head }
    }

    /// The appender's own backend, whose notifications say nothing new.
    func ownBackend(_ pid: Int32) { ownBackendPID = pid }

    func notified(by pid: Int32) async {
        if pid != ownBackendPID { await catchUp() }
    }

    /// Events that this process has just committed.
    func deliver(_ events: [Event]) async {
        guard let cursor, let first = events.first, let last = events.last, last.position > cursor else { return }
        if first.position == cursor + 1 {
            publish(events)
        } else {
            await catchUp()
        }
    }

    /// Reads to the end of the log. Errors are left to the next call: the cursor has not moved.
    func catchUp() async {
        guard !isReading else {
            mustReadAgain = true
            return
        }
        isReading = true
        defer { isReading = false }
        repeat {
            mustReadAgain = false
            do {
                while let cursor {
                    let page = try await read(cursor, Self.pageSize)
                    // Own batches may have been delivered while the page was read.
                    let new = page.filter { $0.position > self.cursor ?? 0 }
                    if !new.isEmpty { publish(new) }
                    if page.count < Self.pageSize { break }
                }
            } catch {
                logger.debug("following the log failed", metadata: ["error": "\(error)"])
                return
            }
        } while mustReadAgain
    }

    func follow() -> AsyncStream<[Event]> {
        let (stream, continuation) = AsyncStream.makeStream(of: [Event].self)
        guard !isClosed else {
            continuation.finish()
            return stream
        }
        let id = nextSubscriber
        nextSubscriber += 1
        subscribers[id] = continuation
        continuation.onTermination = { _ in Task { await self.unsubscribe(id) } }
        return stream
    }

    private func unsubscribe(_ id: Int) { subscribers[id] = nil }

    /// Waits for the next milestone of an execution behind a position. `lookUp` is asked only when what is known of it
    /// here is not enough.
    func milestone(
        of execution: String, after position: Int64, lookUp: @Sendable () async throws -> Event?
    ) async throws -> Event {
        switch known[execution] {
        // The first behind the position is the answer, and there may be others behind it.
        case .reached(let first?, _) where first.position > position: return first
        case .reached(_, let newest) where newest.position <= position: break
        case .requested: break
        case .reached, nil:
            if let event = try await lookUp() { return event }
            if case .reached(_, let newest) = known[execution], newest.position > position { return newest }
        }
        let id = nextWaiter
        nextWaiter += 1
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if isClosed {
                    continuation.resume(throwing: LogError(.closed, "the log is shutting down"))
                } else {
                    waiters[execution, default: [:]][id] = Waiter(after: position, continuation: continuation)
                }
            }
        } onCancel: {
            Task { await self.cancelWaiter(id, of: execution) }
        }
    }

    private func cancelWaiter(_ id: Int, of execution: String) {
        guard let waiter = waiters[execution]?.removeValue(forKey: id) else { return }
        if waiters[execution]?.isEmpty == true { waiters[execution] = nil }
        waiter.continuation.resume(throwing: CancellationError())
    }

    /// Ends every stream and waiter, and those that come later at once.
    func close() {
        isClosed = true
        for subscriber in subscribers.values { subscriber.finish() }
        subscribers = [:]
        for waiter in waiters.values.flatMap(\.values) {
            waiter.continuation.resume(throwing: LogError(.closed, "the log is shutting down"))
        }
        waiters = [:]
    }

    private func publish(_ events: [Event]) {
        cursor = events.last?.position ?? cursor
        for event in events {
            guard let execution = event.execution else { continue }
            switch event.type {
            case .executionRequested: remember(execution, .requested)
            case .executionFinished, .executionToolCallRequested:
                switch known[execution] {
                case .reached(let first, _): remember(execution, .reached(first: first, newest: event))
                case .requested: remember(execution, .reached(first: event, newest: event))
                case nil: remember(execution, .reached(first: nil, newest: event))
                }
                wake(execution, with: event)
            default: break
            }
        }
        for subscriber in subscribers.values { subscriber.yield(events) }
    }

    private func wake(_ execution: String, with event: Event) {
        guard let waiting = waiters[execution] else { return }
        for (id, waiter) in waiting where waiter.after < event.position {
            waiters[execution]?[id] = nil
            waiter.continuation.resume(returning: event)
        }
        if waiters[execution]?.isEmpty == true { waiters[execution] = nil }
    }

    private func remember(_ execution: String, _ what: Known) {
        if known.updateValue(what, forKey: execution) == nil {
            knownOrder.append(execution)
            if knownOrder.count > Self.rememberedExecutions, let oldest = knownOrder.popFirst() { known[oldest] = nil }
        }
    }
}
