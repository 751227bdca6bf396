import FoundationEssentials

/// A run, decided: the one append that makes it durable, and what its answer will need.
public struct RunDecision: Sendable {
    /// The session that runs it.
    public var session: String
    /// Id of the run.
    public var execution: String
    /// Whether the append creates the session.
    public var isNewSession: Bool
    /// The body of its `execution.requested`.
    public var requested: ExecutionRequested
    /// The events, the code as a blob, and the claim if a slot was reserved.
    public var append: Append
    /// Sessions whose files are mounted: their retention clock restarts (CONTRACT 7.4).
    public var touched: [String]
    /// Whether an earlier request with the same command had been taken: then this is that one's run.
    public private(set) var isRepeated = false

    /// - Parameters:
    ///   - session: the chosen session's state, or nil for a new one.
    ///   - runtime: what the runtime hint means, if that is how the session was chosen.
    ///   - reservation: a slot of this process's executor: the claim is then part of the append.
    public init(
        _ request: RunRequest, in session: SessionState?, known: KnownSessions = KnownSessions(),
        runtime: RuntimeBinding? = nil, newID: () -> String = Identifier.random, reservation: SlotReservation? = nil
    ) {
        let state = session ?? SessionState(id: newID())
        let execution = newID()
        let resolution = InputResolution.resolve(request, in: state, known: known)
        let code = NewBlob(session: state.id, bytes: request.code)
        let (names, bytes) = Self.unmounted(in: state, resolution)
        let requested = ExecutionRequested(
            language: request.language, codeSHA256: code.sha256, codeSize: Int64(request.code.count),
            arguments: request.arguments, timeout: request.timeout, inputs: resolution.inputs,
            missing: resolution.missing, skipped: resolution.skipped, endUser: request.endUser,
            entityID: request.entityID, owner: request.owner, actor: request.actor, sessionBytes: bytes,
            sessionNames: names, traits: request.traits,
            runtime: runtime.map { _ in session == nil ? .new : .reused })

        var events: [NewEvent] = []
        if session == nil {
            let created = SessionCreated(
                kind: .private, owner: request.owner, endUser: request.endUser, entityID: request.entityID,
                actor: request.actor, runtime: runtime)
            events.append(created.event())
        }
        events += resolution.links.map { $0.event() }
        events.append(requested.event(execution: execution))
        if let reservation {
            let claimed = ExecutionClaimed(
                executor: reservation.executor, executorName: reservation.executorName, claim: reservation.claim,
                attempt: 1)
            events.append(claimed.event(execution: execution))
        }

        self.session = state.id
        self.execution = execution
        isNewSession = session == nil
        self.requested = requested
        append = Append(
            session: state.id, expected: session.map { .exactly($0.version) } ?? .none, events: events,
            queueOwner: request.owner.key,
            eagerClaim: reservation.map { EagerClaim(claim: $0.claim, executor: $0.executor) },
            isSerial: request.traits.keepsState, blobs: [code],
            command: request.command ?? Identifier.timeOrdered())
        touched = Set(resolution.inputs.map(\.file.session)).subtracting([state.id]).sorted()
    }

    /// Whether it goes through the queue: nobody took it with its request.
    public var isQueued: Bool { append.eagerClaim == nil && !isRepeated }

    /// The decision behind events that were recorded before; nil when they hold no run.
    public init?(recorded events: [Event]) {
        guard let first = events.first(where: { $0.type == .executionRequested }), let id = first.execution else {
            return nil
        }
        session = first.session
        execution = id
        isNewSession = false
        requested = ExecutionRequested(first.body)
        append = Append(session: first.session, expected: .any, events: [])
        touched = []
        isRepeated = true
    }

    /// Takes the log's answer to the append. When its command had been taken before, with another run, the decision
    /// becomes that run's.
    ///
    /// - Returns: whether this decision's own events are in the log.
    public mutating func commit(_ events: [Event]) -> Bool {
        guard let first = RunDecision(recorded: events), first.execution != execution else { return true }
        self = first
        return false
    }

    /// Current names of the session once the links are made, and the bytes of those of its current files that the
    /// run does not mount.
    private static func unmounted(in state: SessionState, _ resolution: InputResolution) -> (names: Int64, bytes: Int64)
    {
        var current = state.current
        for link in resolution.links {
            if let old = state.files[link.file.id]?.name, current[old] == link.file.id { current[old] = nil }
            current[link.file.name] = link.file.id
        }
        let mounted = Set(resolution.inputs.map(\.file.id))
        let rest = current.values.reduce(Int64(0)) { sum, id in
            mounted.contains(id) ? sum : sum + (state.files[id]?.content.size ?? 0)
        }
        return (Int64(current.count), rest)
    }
}
