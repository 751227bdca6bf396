import Events

/// A session on its way into the views: its state, and which of its file rows have to be written again.
///
/// The state is folded by `SessionState.apply` alone; this only watches which files an event touches, so that the cost
/// of writing does not depend on how many files there are.
struct ProjectedSession: Sendable {
    private(set) var state: SessionState
    /// Position of the session's first event.
    private(set) var firstPosition: Int64
    /// Files whose row was added, changed or removed since the last `settle()`.
    private(set) var touchedFiles: Set<String> = []
    /// Whether an erasure took all files away, also those that are not in memory.
    private(set) var hasLostAllFiles = false

    /// A session without events.
    init(id: String) {
        state = SessionState(id: id)
        firstPosition = 0
    }

    /// A session as the views have it. `state` may hold the current files only.
    init(_ state: SessionState, firstPosition: Int64) {
        self.state = state
        self.firstPosition = firstPosition
    }

    mutating func apply(_ event: Event) {
        if state.version == 0 { firstPosition = event.position }
        watch(event)
        state.apply(event)
        if event.type == .sessionErased, state.files.isEmpty {
            touchedFiles = []
            hasLostAllFiles = true
        }
    }

    /// The session's row.
    var summary: SessionSummary {
        var summary = SessionSummary(state)
        summary.firstPosition = firstPosition
        return summary
    }

    /// What was touched is written.
    mutating func settle() {
        touchedFiles = []
        hasLostAllFiles = false
        // Old versions are needed by nothing that may follow; a session that is written for years must not keep them.
        guard state.files.count > 2 * state.current.count + 64 else { return }
        state.files = state.files.filter { $0.value.isCurrent }
    }

    private mutating func watch(_ event: Event) {
        switch event.type {
        case .fileUploaded, .fileLinked, .fileWritten:
            guard event.data != nil else { return }
            let content = NamedFile(event)
            touchedFiles.insert(content.id)
            if let replaced = state.current[content.name] { touchedFiles.insert(replaced) }
        case .fileDeleted:
            guard event.data != nil else { return }
            let body = FileDeleted(event.body)
            // Losing only its name changes nothing in a version that had lost it before, and such a version need not
            // be in memory: its row must stay as it is.
            if body.scope == .version || state.files[body.fileID] != nil { touchedFiles.insert(body.fileID) }
        default: break
        }
    }
}

/// Id and name of the file that an event brings.
private struct NamedFile {
    let id: String
    let name: String

    init(_ event: Event) {
        let body = event.body
        id = body["file_id"]?.string ?? ""
        name = body["name"]?.string ?? ""
    }
}
