import Logging
import Postgres

/// The one writer of this process: batches appends above the database's advisory lock (DESIGN 3.1).
///
/// Appends are never interleaved on the wire: one batch is in flight, the rest queues. When the connection dies with
/// a batch in flight its outcome is unknown, so the same command ids are sent again and `duplicate` is a success.
actor Appender {
    /// The plan of `append` must not be redone for each batch size (3x), and a small table must not tempt the planner
    /// into a sequential scan that is cached while the table grows (2x).
    static let options = [
        "plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "jit": "off", "statement_timeout": "30s",
    ]

    private struct Pending: Sendable {
        let append: Append
        let continuation: CheckedContinuation<AppendOutcome, any Error>
    }

    private let configuration: PostgresConfiguration
    private let follower: Follower
    private let read: Follower.Reader
    private let logger: Logger
    /// How long a batch is sent again before its appends fail with `.unavailable`.
    private let patience: Duration
    private var policy = BatchPolicy<Pending>()
    private var connection: PostgresConnection?
    private var isClosed = false

    init(
        configuration: PostgresConfiguration, follower: Follower, read: @escaping Follower.Reader, patience: Duration,
        logger: Logger
    ) {
        self.configuration = configuration.with(options: Self.options)
        self.follower = follower
        self.read = read
        self.patience = patience
        self.logger = logger
    }

    func append(_ append: Append) async throws -> AppendOutcome {
        guard !append.events.isEmpty else { throw LogError(.invalid, "an append needs at least one event") }
        guard !isClosed else { throw LogError(.closed, "the log is shutting down") }
        return try await withCheckedThrowingContinuation { continuation in
            policy.add(
                Pending(append: append, continuation: continuation), session: append.session,
                events: append.events.count, weight: append.weight)
            sendNext()
        }
    }

    /// Takes no more appends; what is queued is still written.
    func close() { isClosed = true }

    private func sendNext() {
        guard let batch = policy.next() else { return }
        // Unstructured on purpose: an append that was accepted is carried through, whatever its caller does.
        Task {
            await commit(batch)
            policy.landed()
            sendNext()
        }
    }

    private func commit(_ batch: [Pending]) async {
        do {
            let verdicts = try await send(batch.map(\.append))
            await follower.deliver(verdicts.flatMap(\.newEvents))
            for (pending, verdict) in zip(batch, verdicts) { await answer(pending, verdict) }
        } catch where batch.count > 1 && Self.isRefusal(error) {
            // The whole transaction failed because of one append: send them singly, so that only its owner hears.
            for pending in batch { await commit([pending]) }
        } catch {
            logger.error("append failed", metadata: ["error": "\(error)", "appends": "\(batch.count)"])
            let failure = Self.failure(of: error)
            for pending in batch { pending.continuation.resume(throwing: failure) }
        }
    }

    private func answer(_ pending: Pending, _ verdict: AppendStatement.Verdict) async {
        switch verdict {
        case .outcome(let outcome): pending.continuation.resume(returning: outcome)
        case .duplicate(let first, let count):
            do {
                pending.continuation.resume(returning: .duplicate(events: try await read(first - 1, count)))
            } catch {
                pending.continuation.resume(throwing: Self.failure(of: error))
            }
        }
    }

    /// Sends a batch until it has an answer or `patience` is over.
    private func send(_ batch: [Append]) async throws -> [AppendStatement.Verdict] {
        let (queries, append) = AppendStatement.queries(for: batch)
        let deadline = ContinuousClock.now + patience
        var pause = Duration.milliseconds(20)
        while true {
            do {
                let connection = try await connected()
                let results = try await connection.transaction(queries)
                return try AppendStatement.verdicts(of: results[append], for: batch)
            } catch let error as PostgresError where Self.isWorthRepeating(error) {
                if case .server = error.code {} else { self.connection = nil }
                guard ContinuousClock.now < deadline else { throw error }
                logger.warning("sending appends again", metadata: ["error": "\(error)", "appends": "\(batch.count)"])
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .milliseconds(500))
            }
        }
    }

    private func connected() async throws -> PostgresConnection {
        if let connection { return connection }
        let made = try await PostgresConnection.connect(configuration)
        connection = made
        await follower.ownBackend(made.backendPID)
        return made
    }

    /// Whether the server refused the content, as opposed to being unable to serve.
    private static func isRefusal(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError, let state = error.sqlState else { return false }
        return !isTransient(state)
    }

    private static func isWorthRepeating(_ error: PostgresError) -> Bool {
        switch error.code {
        case .connectionLost, .outcomeUnknown, .timeout: true
        case .server(let state): isTransient(state)
        default: false
        }
    }

    /// Classes 08 (connection), 40 (rollback), 53 (resources, e.g. disk full) and 57 (operator intervention, starting
    /// up) pass by themselves; 55P03 is a lock that was not available.
    private static func isTransient(_ state: String) -> Bool {
        ["08", "40", "53", "57"].contains(state.prefix(2)) || state == "55P03"
    }

    private static func failure(of error: any Error) -> any Error {
        switch error {
        case let error as PostgresError where isRefusal(error):
            LogError(.invalid, "the log refused the append (SQLSTATE \(error.sqlState ?? "-"))")
        case is PostgresError: LogError(.unavailable, "the database cannot be reached")
        default: error
        }
    }
}

extension AppendStatement.Verdict {
    fileprivate var newEvents: [Event] {
        if case .outcome(.ok(let events)) = self { events } else { [] }
    }
}
