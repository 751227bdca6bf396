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
        case finished(Event)
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
    private var waiters: [String: [Int: CheckedContinuation<Event, any Error>]] = [:]
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

    /// Waits for the end of an execution. `lookUp` is asked only when nothing is known of it here.
    func finished(_ execution: String, lookUp: @Sendable () async throws -> Event?) async throws -> Event {
        switch known[execution] {
        case .finished(let event): return event
        case .requested: break
        case nil:
            if let event = try await lookUp() { return event }
            if case .finished(let event) = known[execution] { return event }
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
                    waiters[execution, default: [:]][id] = continuation
                }
            }
        } onCancel: {
            Task { await self.cancelWaiter(id, of: execution) }
        }
    }

    private func cancelWaiter(_ id: Int, of execution: String) {
        guard let continuation = waiters[execution]?.removeValue(forKey: id) else { return }
        if waiters[execution]?.isEmpty == true { waiters[execution] = nil }
        continuation.resume(throwing: CancellationError())
    }

    /// Ends every stream and waiter, and those that come later at once.
    func close() {
        isClosed = true
        for subscriber in subscribers.values { subscriber.finish() }
        subscribers = [:]
        for waiter in waiters.values.flatMap(\.values) {
            waiter.resume(throwing: LogError(.closed, "the log is shutting down"))
        }
        waiters = [:]
    }

    private func publish(_ events: [Event]) {
        cursor = events.last?.position ?? cursor
        for event in events {
            guard let execution = event.execution else { continue }
            if event.type == .executionRequested {
                remember(execution, .requested)
            } else if event.type == .executionFinished {
                remember(execution, .finished(event))
                for waiter in (waiters.removeValue(forKey: execution) ?? [:]).values { waiter.resume(returning: event) }
            }
        }
        for subscriber in subscribers.values { subscriber.yield(events) }
    }

    private func remember(_ execution: String, _ what: Known) {
        if known.updateValue(what, forKey: execution) == nil {
            knownOrder.append(execution)
            if knownOrder.count > Self.rememberedExecutions, let oldest = knownOrder.popFirst() { known[oldest] = nil }
        }
    }
}
