import Events

/// The fold of all views over the log: what the projector and a rebuild do between reading events and writing rows.
///
/// Pure: the caller loads what `missing(for:)` names, gives it to `insert`, applies the events and writes what
/// `takeChanges()` returns. The projector takes the changes of each batch; a rebuild lets them pile up, so that a row
/// that changes many times is written once. If a write fails, the fold is ahead of the tables: throw it away.
struct LedgerFold {
    /// What has to be loaded from the tables before some events can be folded.
    struct Missing: Sendable {
        var sessions: [String] = []
        var executions: [String] = []

        var isEmpty: Bool { sessions.isEmpty && executions.isEmpty }
    }

    private var sessions: RecentCache<ProjectedSession>
    private var executions: RecentCache<ExecutionState>
    private var changedSessions: Set<String> = []
    private var changedExecutions: Set<String> = []
    private var erasedSessions: Set<String> = []

    /// - Parameter memory: how many rows may be kept in memory, roughly.
    init(memory: Int) {
        sessions = RecentCache(limit: memory / 2)
        executions = RecentCache(limit: memory / 2)
    }

    /// How many sessions and executions have to be written.
    var changeCount: Int { changedSessions.count + changedExecutions.count }

    func missing(for events: [Event]) -> Missing {
        var missing = Missing()
        var seenSessions: Set<String> = []
        var seenExecutions: Set<String> = []
        for event in events where Self.concernsViews(event) {
            // A first event needs nothing from before it, and those that follow it in the list need no more.
            if seenSessions.insert(event.session).inserted, event.version > 1, !sessions.contains(event.session) {
                missing.sessions.append(event.session)
            }
            if let execution = event.execution, seenExecutions.insert(execution).inserted,
                event.type != .executionRequested, !executions.contains(execution)
            {
                missing.executions.append(execution)
            }
        }
        return missing
    }

    /// Takes what was loaded. What was missing and is in no table stays missing: it has no history.
    mutating func insert(_ loadedSessions: [ProjectedSession], _ loadedExecutions: [ExecutionState]) {
        for session in loadedSessions { sessions.insert(session, for: session.state.id) }
        for execution in loadedExecutions { executions.insert(execution, for: execution.id) }
    }

    mutating func apply(_ events: [Event]) {
        for event in events where Self.concernsViews(event) {
            if !sessions.contains(event.session) {
                sessions.insert(ProjectedSession(id: event.session), for: event.session)
            }
            sessions.update(event.session) { $0.apply(event) }
            changedSessions.insert(event.session)
            if event.type == .sessionErased { erasedSessions.insert(event.session) }
            if let execution = event.execution { apply(event, to: execution) }
        }
    }

    private mutating func apply(_ event: Event, to execution: String) {
        if executions.contains(execution) {
            executions.update(execution) { $0.apply(event) }
        } else if let requested = ExecutionState(event) {
            executions.insert(requested, for: execution)
        } else {
            // An event of an execution that was never requested belongs to no row.
            return
        }
        changedExecutions.insert(execution)
    }

    /// The stream of the installation itself is no session.
    private static func concernsViews(_ event: Event) -> Bool { event.session != Identifier.administration }

    /// The rows to be written since the last call.
    mutating func takeChanges() -> ViewChanges {
        eraseExecutions()
        var changes = ViewChanges()
        changes.erasedSessions = Array(erasedSessions)
        for id in changedSessions {
            sessions.update(id) { session in
                changes.add(session)
                session.settle()
            }
        }
        changes.executions = changedExecutions.compactMap { executions[$0] }
        changedSessions = []
        changedExecutions = []
        erasedSessions = []
        return changes
    }

    /// Forgets what was not used lately. Call when all changes are written.
    mutating func trim() {
        sessions.trim()
        executions.trim()
    }

    private mutating func eraseExecutions() {
        guard !erasedSessions.isEmpty else { return }
        for execution in executions.values where erasedSessions.contains(execution.session) {
            executions.update(execution.id) { $0.erase() }
        }
    }
}

extension ProjectedSession: Costed {
    var cost: Int { 1 + state.files.count }
}

extension ExecutionState: Costed {
    var cost: Int { 1 }
}

extension ViewChanges {
    fileprivate mutating func add(_ session: ProjectedSession) {
        let id = session.state.id
        sessions.append(session.summary)
        if session.hasLostAllFiles { emptiedSessions.append(id) }
        for file in session.touchedFiles {
            if let row = session.state.files[file] {
                files.append(FileRow(session: id, file: row))
            } else {
                removedFiles.append(FileKey(session: id, file: file))
            }
        }
    }
}
