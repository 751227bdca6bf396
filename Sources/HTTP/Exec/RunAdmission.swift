import Events
import Logging
import Projections

/// Takes a run into the log: reads what the decision needs, decides, appends; decides again when the session moved
/// meanwhile.
struct RunAdmission {
    let log: any EventLog
    let sessions: any SessionReader
    let claims: EagerClaims
    let reusesBuckets: Bool

    /// One of n runs that want the same session wins each round; this many rounds are as good as for ever.
    private static let attempts = 64

    init(log: any EventLog, sessions: any SessionReader, claims: EagerClaims, reusesBuckets: Bool) {
        self.log = log
        self.sessions = sessions
        self.claims = claims
        self.reusesBuckets = reusesBuckets
    }

    init(_ services: APIServices) {
        self.init(
            log: services.log, sessions: services.sessions, claims: services.dependencies.claims,
            reusesBuckets: services.configuration.sessionReuse == .auto)
    }

    /// The decision as it was committed; of a request with a command that had been taken before, the first one's run.
    ///
    /// - Throws: 409 when the session stayed busy or is held; `LogError` when there was no verdict.
    func admit(_ request: RunRequest) async throws -> RunDecision {
        var mayClaim = true
        for _ in 0..<Self.attempts {
            let (known, session, runtime) = try await context(of: request)
            let reservation = mayClaim ? claims.reserve() : nil
            var decision = RunDecision(request, in: session, known: known, runtime: runtime, reservation: reservation)
            let outcome: AppendOutcome
            do {
                outcome = try await log.append(decision.append)
            } catch {
                reservation?.settle(nil)
                throw error
            }
            if let events = outcome.committed {
                settle(reservation, decision.commit(events) ? events : [])
                return decision
            }
            reservation?.settle(nil)
            // Its turn comes when the earlier runs of the session have ended: it queues.
            if case .busy = outcome { mayClaim = false }
            if case .held = outcome { throw APIError.conflict("The session is under legal hold", code: "legal_hold") }
        }
        throw APIError.conflict("The session stayed busy, try again", code: "session_busy")
    }

    private func settle(_ reservation: SlotReservation?, _ events: [Event]) {
        guard let reservation else { return }
        let requested = events.first { $0.type == .executionRequested }
        reservation.settle(
            requested.map { ClaimedExecution(requested: $0, claim: reservation.claim, attempt: 1, recorded: true) })
    }

    // MARK: Reading

    /// Everything the decision may depend on, the session that runs it (nil for a new one), and what its runtime hint
    /// means if that has chosen it.
    private func context(of request: RunRequest) async throws -> (KnownSessions, SessionState?, RuntimeBinding?) {
        guard !request.isUnbound else { return (KnownSessions(), nil, nil) }
        let files = request.namedFiles
        var known = KnownSessions()
        let named = request.namedSessions
        if !named.isEmpty { known.states = try await sessions.load(named, files: files) }
        let (session, runtime) = try await chosen(for: request, files: files, &known)

        let owners = try await locate(known.unlocatedFiles(of: request))
        if !owners.isEmpty {
            known.states.merge(try await sessions.load(owners, files: files)) { _, new in new }
        }
        let sources = known.unreadSources(of: request, session: session)
        if !sources.sessions.isEmpty {
            let loaded = try await sessions.load(sources.sessions, files: files + sources.files)
            known.states.merge(loaded) { _, new in new }
        }
        return (known, session, runtime)
    }

    private func chosen(
        for request: RunRequest, files: [String], _ known: inout KnownSessions
    ) async throws -> (SessionState?, RuntimeBinding?) {
        switch SessionChoice.choose(for: request, among: known.states, reusesBuckets: reusesBuckets) {
        case .existing(let id): return (known.states[id], nil)
        case .new: return (nil, nil)
        case .runtime(var binding):
            guard let bound = try await sessions.session(boundTo: binding) else { return (nil, binding) }
            known.states.merge(try await sessions.load([bound], files: files)) { _, new in new }
            if let session = known.states[bound], SessionChoice.canRun(request, in: session) {
                return (session, binding)
            }
            binding.replaces = bound
            return (nil, binding)
        case .latest(let entity):
            let latest = try await sessions.latestSession(
                owner: request.owner, entityID: entity, endUser: request.endUser)
            guard let latest else { return (nil, nil) }
            known.states.merge(try await sessions.load([latest], files: files)) { _, new in new }
            guard let session = known.states[latest], SessionChoice.canRun(request, in: session) else {
                return (nil, nil)
            }
            return (session, nil)
        }
    }

    /// The sessions that own these files. A turn may re-send a thousand dead references: they are asked for side by
    /// side.
    private func locate(_ files: [String]) async throws -> [String] {
        guard !files.isEmpty else { return [] }
        let width = 16
        return try await withThrowingTaskGroup(of: [String].self) { group in
            var found: Set<String> = []
            for (index, file) in files.enumerated() {
                if index >= width, let owners = try await group.next() { found.formUnion(owners) }
                group.addTask { try await sessions.sessions(owningFile: file) }
            }
            for try await owners in group { found.formUnion(owners) }
            return found.sorted()
        }
    }
}
