import DequeModule

/// Who is waiting for which answer on one pipelined connection.
///
/// Pure bookkeeping, no I/O: the connection asks ``nextToSend()`` what to write, tells every reply to
/// ``received(_:)`` and carries out the action. Each request ends with its own Sync, so it is its own transaction
/// and its failure is its own: the server skips what follows an error only up to the next Sync.
///
/// A request is answered at its Sync and not before, because that is when the server has committed.
struct Pipeline<Payload, Answer> {
    /// One thing to write.
    enum Step: Equatable {
        /// Parse the text of query number `query` under `name`.
        case prepare(query: Int, name: String)
        /// Run the statement `name` with the parameters of query number `query`.
        case execute(query: Int, name: String)
        /// Parse and run without a name.
        case executeUnnamed(query: Int)
    }

    /// One thing that libpq reports.
    enum Reply {
        case success(Answer)
        case failure(PostgresError)
        /// An earlier query of the same request failed, so the server did not look at this one.
        case skipped
        /// Nothing more comes for the current step.
        case endOfStep
        case synced
    }

    enum Action {
        case none
        case complete(Payload, Result<[Answer], PostgresError>)
        /// The server and we disagree about what is being answered: only closing the connection is safe.
        case violation(String)
    }

    private struct Waiting {
        var payload: Payload
        var statements: [StatementKey]
    }

    private struct InFlight {
        var payload: Payload
        var statements: [StatementKey]
        var steps: [Step]
        var current = 0
        var answers: [Answer] = []
        var failure: PostgresError?
        var isSynced = false
        /// The server refused the commit: that error has an end of its own, before the Sync's reply.
        var failedAtSync = false
    }

    private var waiting: Deque<Waiting> = []
    private var inFlight: Deque<InFlight> = []
    private var cache = StatementCache()

    /// Whether libpq has replies to give, now or later.
    var expectsReplies: Bool { !inFlight.isEmpty }

    /// Queues a request. Its queries stand and fall together.
    mutating func submit(_ payload: Payload, statements: [StatementKey]) {
        waiting.append(Waiting(payload: payload, statements: statements))
    }

    /// The next request to write, in the order of submission. Call ``synced()`` after the Sync that must follow it.
    mutating func nextToSend() -> (payload: Payload, steps: [Step])? {
        guard let next = waiting.popFirst() else { return nil }
        let steps = cache.steps(for: next.statements, as: Step.self)
        inFlight.append(InFlight(payload: next.payload, statements: next.statements, steps: steps))
        return (next.payload, steps)
    }

    /// The Sync of the last request was written: from here on the server may commit it.
    mutating func synced() {
        guard !inFlight.isEmpty else { return }
        inFlight[inFlight.count - 1].isSynced = true
    }

    mutating func received(_ reply: Reply) -> Action {
        guard !inFlight.isEmpty else { return .violation("A reply came that nobody waits for") }
        switch reply {
        case .success(let answer): return succeed(answer)
        case .failure(let error): fail(error)
        case .skipped: skip()
        case .endOfStep:
            return endStep()
        case .synced: return complete()
        }
        return .none
    }

    /// The connection is gone. The server cannot have committed `unsent`; of `unknown` nobody knows.
    mutating func close() -> (unsent: [Payload], unknown: [Payload]) {
        let unsent = inFlight.filter { !$0.isSynced }.map(\.payload) + waiting.map(\.payload)
        let unknown = inFlight.filter(\.isSynced).map(\.payload)
        inFlight = []
        waiting = []
        return (unsent, unknown)
    }
}

extension Pipeline {
    private var currentStep: Step? {
        let request = inFlight[0]
        return request.steps.indices.contains(request.current) ? request.steps[request.current] : nil
    }

    private mutating func succeed(_ answer: Answer) -> Action {
        switch currentStep {
        case .prepare(let query, _): cache.prepared(inFlight[0].statements[query])
        case .execute, .executeUnnamed: inFlight[0].answers.append(answer)
        case nil: return .violation("A result came where a Sync was due")
        }
        return .none
    }

    private mutating func fail(_ error: PostgresError) {
        var error = error
        switch currentStep {
        case .prepare(let query, _):
            error.queryIndex = query
            cache.forget(inFlight[0].statements[query])
        case .execute(let query, _):
            error.queryIndex = query
            if error.meansStalePlan { cache.forget(inFlight[0].statements[query]) }
        case .executeUnnamed(let query):
            error.queryIndex = query
        case nil:
            inFlight[0].failedAtSync = true
        }
        // The first error is the cause, later ones are its echo.
        if inFlight[0].failure == nil { inFlight[0].failure = error }
    }

    private mutating func endStep() -> Action {
        if currentStep != nil {
            inFlight[0].current += 1
        } else if inFlight[0].failedAtSync {
            inFlight[0].failedAtSync = false
        } else {
            return .violation("Nothing came where a Sync was due")
        }
        return .none
    }

    private mutating func skip() {
        if case .prepare(let query, _) = currentStep { cache.forget(inFlight[0].statements[query]) }
    }

    private mutating func complete() -> Action {
        let request = inFlight.removeFirst()
        if let failure = request.failure { return .complete(request.payload, .failure(failure)) }
        guard request.current == request.steps.count, request.answers.count == request.statements.count else {
            return .violation("A Sync came before all results")
        }
        return .complete(request.payload, .success(request.answers))
    }
}

extension PostgresError {
    /// The server no longer has the statement (26000, e.g. after DISCARD) or its columns changed (0A000).
    fileprivate var meansStalePlan: Bool { sqlState == "26000" || sqlState == "0A000" }
}
