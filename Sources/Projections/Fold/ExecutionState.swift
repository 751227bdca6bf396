public import Events

/// What the events of one execution add up to. The one fold of the executions view: the projector, a rebuild and the
/// answer about a single execution all use `apply`.
///
/// Code, streams, arguments and file lists are not copied here: they are in the blobs and in the bodies of the
/// `execution.requested` and `execution.finished` events.
public struct ExecutionState: Sendable, Equatable {
    /// How far it has come.
    public enum Phase: Sendable, Equatable {
        /// Not running yet; perhaps claimed.
        case queued
        case running
        /// Until the results of its tool calls are recorded.
        case waitingForTools
        case finished
    }

    /// What was asked for.
    public struct Request: Sendable, Equatable {
        public var owner: Owner
        public var language: String
        public var endUser: String?
        public var entityID: String?
        public var codeSHA256: Digest32
        /// Bytes.
        public var codeSize: Int64
        /// Milliseconds.
        public var timeout: Int64
    }

    /// What came of it.
    public struct Outcome: Sendable, Equatable {
        public var status: ExecutionStatus
        public var reason: TerminationReason
        public var exitCode: Int64?
        public var signal: String?
        public var message: String?
        public var stdout: StreamRecord
        public var stderr: StreamRecord
        /// Milliseconds.
        public var duration: Int64
        /// Milliseconds.
        public var compile: Int64?
        /// Milliseconds.
        public var cpu: Int64?
        /// Bytes.
        public var memoryPeak: Int64?
        /// `local` or `kubernetes`.
        public var executorKind: String
        public var toolchain: String?
    }

    public var id: String
    public var session: String
    /// nil after erasure.
    public var request: Request?
    /// nil before the end and after erasure.
    public var outcome: Outcome?
    public var phase: Phase = .queued
    /// The newest try, from 1; 0 before the first and after erasure.
    public var attempt: Int64 = 0
    /// Name of the executor of the newest try.
    public var executor: String?
    /// `pool_hit`, `pool_miss`, `job` or `local`.
    public var sandboxSource: String?
    public var createdAt: Timestamp
    public var claimedAt: Timestamp?
    /// When the program got its code.
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    /// Position of `execution.requested`, and of the newest event of this execution.
    public var requestedPosition: Int64
    public var lastPosition: Int64
    /// The same two in the session's count: the events of this execution lie between them.
    public var firstVersion: Int64
    public var lastVersion: Int64
    /// Whether bodies of its events are gone.
    public var isErased = false

    /// As the API names it: `queued`, `running`, `waiting_for_tools` or how it ended; nil when it ended and that is
    /// erased.
    public var status: String? {
        switch phase {
        case .queued: "queued"
        case .running: "running"
        case .waitingForTools: "waiting_for_tools"
        case .finished: outcome?.status.rawValue
        }
    }
}
