public import Logging
public import ServiceLifecycle
import Synchronization

/// Listens on channels with a session of its own, and comes back after every loss.
///
/// Notifications are hints: whatever happens between two sessions is not told. A subscriber reads the tables at
/// every ``ListenerEvent/listening(backendPID:)`` and every notification; then it misses nothing.
public final class PostgresListener: Service, Sendable {
    private struct State {
        var subscribers: [UInt64: AsyncStream<ListenerEvent>.Continuation] = [:]
        var lastID: UInt64 = 0
        var listeningPID: Int32?
        var isFinished = false
    }

    private let configuration: PostgresConfiguration
    private let channels: [String]
    private let logger: Logger
    private let state = Mutex(State())

    /// Creates a listener; nothing is connected before ``run()``.
    public init(
        _ configuration: PostgresConfiguration, channels: [String], logger: Logger = Logger(label: "postgres")
    ) {
        self.configuration = configuration
        self.channels = channels
        self.logger = logger
    }

    /// Every event from now on, in order, for one subscriber. It begins with `listening` if we are listening
    /// already and ends with ``run()``. Nothing is dropped: a subscriber that does not read grows the memory.
    public func events() -> AsyncStream<ListenerEvent> {
        let (stream, continuation) = AsyncStream<ListenerEvent>.makeStream()
        state.withLock { state in
            guard !state.isFinished else { return continuation.finish() }
            state.lastID += 1
            let id = state.lastID
            state.subscribers[id] = continuation
            // Under the lock, so that no notification can come before it.
            if let pid = state.listeningPID { continuation.yield(.listening(backendPID: pid)) }
            continuation.onTermination = { [weak self] _ in self?.unsubscribe(id) }
        }
        return stream
    }

    /// Listens until graceful shutdown or cancellation.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepListening() }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        let subscribers = state.withLock { state in
            state.isFinished = true
            return Array(state.subscribers.values)
        }
        for subscriber in subscribers { subscriber.finish() }
    }

    private func keepListening() async {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                let session = try await connect()
                backoff.reset()
                publish(.listening(backendPID: session.backendPID))
                await NotificationFeed { [weak self] in self?.publish($0) }.run(session)
                publish(.disconnected)
                if !Task.isCancelled { logger.warning("The listening connection was lost") }
            } catch {
                logger.warning("Cannot listen on the database", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: backoff.next())
        }
    }

    private func connect() async throws -> BlockingSession {
        try await onOwnThread(named: "postgres-listen") { [configuration, channels] in
            let session = try BlockingSession(configuration)
            let deadline = ContinuousClock.now + configuration.connectTimeout
            for channel in channels { try session.listen(to: channel, deadline: deadline) }
            return session
        }
    }

    private func publish(_ event: ListenerEvent) {
        state.withLock { state in
            switch event {
            case .listening(let pid): state.listeningPID = pid
            case .disconnected: state.listeningPID = nil
            case .notification: break
            }
            for subscriber in state.subscribers.values { subscriber.yield(event) }
        }
    }

    private func unsubscribe(_ id: UInt64) {
        state.withLock { _ = $0.subscribers.removeValue(forKey: id) }
    }
}
