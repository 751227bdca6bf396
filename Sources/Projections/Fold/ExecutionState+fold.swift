public import Events

extension ExecutionState {
    /// The execution of an `execution.requested` event; nil for any other event.
    public init?(_ event: Event) {
        guard event.type == .executionRequested, let id = event.execution else { return nil }
        self.init(
            id: id, session: event.session, createdAt: event.time, requestedPosition: event.position,
            lastPosition: event.position, firstVersion: event.version, lastVersion: event.version)
        if event.data == nil {
            isErased = true
        } else {
            request = Request(ExecutionRequested(event.body))
        }
    }

    /// Folds a list of events, oldest first; nil when they do not begin with its request.
    public init?(_ events: [Event]) {
        guard let first = events.first, let state = ExecutionState(first) else { return nil }
        self = state
        for event in events.dropFirst() { apply(event) }
    }

    /// Folds the next event that carries this execution's id. Events of another session are ignored, and types it
    /// does not know only advance the head.
    public mutating func apply(_ event: Event) {
        guard event.execution == id, event.session == session, event.version > lastVersion else { return }
        lastPosition = event.position
        lastVersion = event.version
        switch event.type {
        case .executionClaimed:
            phase = .queued
            claimedAt = event.time
            startedAt = nil
        case .executionStarted: phase = .running
        case .executionFinished:
            phase = .finished
            finishedAt = event.time
        // They say nothing else that the view shows.
        case .executionToolCallRequested:
            phase = .waitingForTools
            return
        case .executionToolResultsRecorded:
            phase = .running
            return
        default: return
        }
        guard event.data != nil, !isErased else { return erase() }
        switch event.type {
        case .executionClaimed: claim(ExecutionClaimed(event.body))
        case .executionStarted: start(ExecutionStarted(event.body))
        default: finish(ExecutionFinished(event.body))
        }
    }

    /// Forgets all that came from the bodies of events. The same as folding the events after their bodies are gone,
    /// and final: later bodies are not read.
    public mutating func erase() {
        isErased = true
        request = nil
        outcome = nil
        attempt = 0
        executor = nil
        sandboxSource = nil
        startedAt = nil
    }

    private mutating func claim(_ body: ExecutionClaimed) {
        attempt = body.attempt
        executor = body.executorName
    }

    private mutating func start(_ body: ExecutionStarted) {
        attempt = body.attempt
        startedAt = body.startedAt
        sandboxSource = body.sandboxSource
    }

    private mutating func finish(_ body: ExecutionFinished) {
        attempt = body.attempt
        // Empty when it ended before any executor had it, e.g. cancelled in the queue.
        if !body.executor.isEmpty { executor = body.executor }
        startedAt = body.startedAt ?? startedAt
        sandboxSource = body.sandboxSource
        outcome = Outcome(body)
    }
}

extension ExecutionState.Request {
    init(_ body: ExecutionRequested) {
        self.init(
            owner: body.owner, language: body.language, endUser: body.endUser, entityID: body.entityID,
            codeSHA256: body.codeSHA256, codeSize: body.codeSize, timeout: body.timeout)
    }
}

extension ExecutionState.Outcome {
    init(_ body: ExecutionFinished) {
        self.init(
            status: body.status, reason: body.reason, exitCode: body.exitCode, signal: body.signal,
            message: body.message, stdout: body.stdout, stderr: body.stderr, duration: body.duration,
            compile: body.compile, cpu: body.cpu, memoryPeak: body.memoryPeak, executorKind: body.executorKind,
            toolchain: body.toolchain)
    }
}
