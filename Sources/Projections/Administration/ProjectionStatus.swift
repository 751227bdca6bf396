/// The views, by name.
public enum ProjectionName: String, Sendable, CaseIterable {
    case sessions, files, executions

    /// What its rows are, in one line.
    public var summary: String {
        switch self {
        case .sessions: "one row per session: owner, labels, head, counts"
        case .files: "one row per live file version or alias of a session"
        case .executions: "one row per execution: request, status, times, digests"
        }
    }
}

/// One version of a view's table.
public struct ProjectionStatus: Sendable, Equatable {
    /// What a version is for.
    public enum Use: String, Sendable {
        /// A rebuild or a verification fills it, or broke off.
        case building
        /// Readers read it and the projector writes it.
        case serving
        /// A rebuild has replaced it; it is about to be dropped.
        case retired
    }

    public var name: ProjectionName
    public var version: Int
    public var use: Use
    /// Position of the newest event in it.
    public var position: Int64
    /// Position of the newest event of the log.
    public var head: Int64
    public var rows: Int64
    /// With indexes.
    public var bytes: Int64

    /// How many events it is behind the log.
    public var lag: Int64 { head - position }
}

/// Where a rebuild or a verification is.
public struct RebuildProgress: Sendable, Equatable {
    /// What is being done.
    public enum Phase: String, Sendable {
        /// Events are read, folded and written.
        case folding
        case indexing
        /// The projector waits for us, so that both stand at one position; readers do not wait.
        case switching
        case comparing
    }

    public var phase: Phase
    /// Newest event folded so far, and the one to reach.
    public var position: Int64
    public var target: Int64
}

/// What a rebuild did.
public struct RebuildReport: Sendable, Equatable {
    /// The version that serves now.
    public var version: Int
    /// Position of the newest event in it.
    public var position: Int64
    /// Events folded; fewer than `position` in an archived log.
    public var events: Int64
}

/// The first difference between a view and its rebuild, in the order of the view's key.
public struct ProjectionDifference: Sendable, Equatable {
    public var name: ProjectionName
    /// The key of the row.
    public var key: String
    /// The whole row as text; nil where it is missing.
    public var served: String?
    public var rebuilt: String?
}

/// What a verification found.
public struct ProjectionVerification: Sendable, Equatable {
    /// The position at which both were compared.
    public var position: Int64
    /// Events folded.
    public var events: Int64
    /// At most one per view; none when each is byte for byte what the log says.
    public var differences: [ProjectionDifference]

    public var isEqual: Bool { differences.isEmpty }
}
