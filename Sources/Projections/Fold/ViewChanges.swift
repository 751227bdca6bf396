import Events

/// Rows of the views that have to be written, as they must be afterwards. They are written in the order of these
/// members.
struct ViewChanges: Sendable {
    /// A file row and the session that lists it.
    struct FileRow: Sendable {
        var session: String
        var file: SessionFile
    }

    /// The key of a file row that must go.
    struct FileKey: Sendable {
        var session: String
        var file: String
    }

    var sessions: [SessionSummary] = []
    /// Sessions that an erasure left without any file.
    var emptiedSessions: [String] = []
    var removedFiles: [FileKey] = []
    var files: [FileRow] = []
    var executions: [ExecutionState] = []
    /// Sessions whose executions lose what came from the bodies of events.
    var erasedSessions: [String] = []
}
