public import Events

/// Filters of `GET /v1/executions`; nil filters nothing.
public struct ExecutionQuery: Sendable, Equatable {
    public var scope: OwnerScope
    public var session: String?
    /// `queued`, `running`, `waiting_for_tools` or a terminal status.
    public var status: String?
    public var language: String?
    public var endUser: String?
    public var createdAfter: Timestamp?
    public var createdBefore: Timestamp?
    /// Only those requested before this position.
    public var before: Int64?
    public var limit: Int

    public init(scope: OwnerScope, limit: Int) {
        self.scope = scope
        self.limit = limit
    }
}

/// An execution as lists show it: all of CONTRACT 10.4 without code, streams and inputs.
public struct ExecutionSummary: Sendable, Equatable {
    public var id: String
    public var session: String
    /// Empty after erasure.
    public var language: String
    public var endUser: String?
    public var entityID: String?
    /// `queued`, `running`, `waiting_for_tools` or a terminal status; empty when it ended and that is erased.
    public var status: String
    public var reason: TerminationReason?
    public var exitCode: Int64?
    /// E.g. `SIGSEGV`.
    public var signal: String?
    /// The line of CONTRACT 5.7.
    public var message: String?
    public var attempt: Int64
    public var createdAt: Timestamp
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    /// Milliseconds of running.
    public var duration: Int64?
    /// Milliseconds.
    public var compile: Int64?
    /// Milliseconds of processor time.
    public var cpu: Int64?
    /// Bytes.
    public var memoryPeak: Int64?
    /// `local` or `kubernetes`.
    public var executorKind: String?
    /// `pool_hit`, `pool_miss`, `job` or `local`.
    public var sandboxSource: String?
    public var toolchain: String?
    /// Position of `execution.requested`: the key of paging.
    public var position: Int64
    public var isErased: Bool
    /// Whether its code may call tools.
    public var isProgrammatic = false

    public init(
        id: String, session: String, language: String, endUser: String?, entityID: String?, status: String,
        reason: TerminationReason?, exitCode: Int64?, createdAt: Timestamp, finishedAt: Timestamp?, duration: Int64?,
        position: Int64, attempt: Int64 = 1, isErased: Bool = false
    ) {
        self.id = id
        self.session = session
        self.language = language
        self.endUser = endUser
        self.entityID = entityID
        self.status = status
        self.reason = reason
        self.exitCode = exitCode
        self.createdAt = createdAt
        self.finishedAt = finishedAt
        self.duration = duration
        self.position = position
        self.attempt = attempt
        self.isErased = isErased
    }

    /// The summary of a folded execution.
    public init(_ state: ExecutionState) {
        self.init(
            id: state.id, session: state.session, language: state.request?.language ?? "",
            endUser: state.request?.endUser, entityID: state.request?.entityID, status: state.status ?? "",
            reason: state.outcome?.reason, exitCode: state.outcome?.exitCode, createdAt: state.createdAt,
            finishedAt: state.finishedAt, duration: state.outcome?.duration, position: state.requestedPosition,
            attempt: state.attempt, isErased: state.isErased)
        signal = state.outcome?.signal
        message = state.outcome?.message
        startedAt = state.startedAt
        compile = state.outcome?.compile
        cpu = state.outcome?.cpu
        memoryPeak = state.outcome?.memoryPeak
        executorKind = state.outcome?.executorKind
        sandboxSource = state.sandboxSource
        toolchain = state.outcome?.toolchain
    }
}
