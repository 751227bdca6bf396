public import FoundationEssentials

/// An execution that this executor has taken and must now run.
public struct ClaimedExecution: Sendable, Equatable {
    /// The `execution.requested` event.
    public var requested: Event
    /// The fencing token.
    public var claim: UUID
    /// 1 for the first try.
    public var attempt: Int64
    /// Whether `execution.claimed` is in the log already (an eager claim).
    public var recorded: Bool
    /// Why it was called off before it was taken: it must be ended, not run.
    public var cancelled: TerminationReason?

    public init(
        requested: Event, claim: UUID, attempt: Int64, recorded: Bool, cancelled: TerminationReason? = nil
    ) {
        self.requested = requested
        self.claim = claim
        self.attempt = attempt
        self.recorded = recorded
        self.cancelled = cancelled
    }
}

/// An execution that has waited for tool results for too long.
public struct OverdueWait: Sendable, Equatable {
    public var execution: String
    public var session: String
    /// The session's version, at which the execution waits.
    public var version: Int64
    /// The claim of a holder that is gone; nil when it was given back.
    public var claim: UUID?

    public init(execution: String, session: String, version: Int64, claim: UUID?) {
        self.execution = execution
        self.session = session
        self.version = version
        self.claim = claim
    }
}

/// Live work: what is requested and not finished, and who holds it.
public protocol ExecutionQueue: Sendable {
    /// Takes up to `limit` executions that nobody holds, or whose holder's lease has ended; fair by owner, oldest
    /// first. Each gets a new claim. What waits for tools is not taken, and of the serial executions of a session only
    /// the oldest live one.
    func claim(executor: UUID, limit: Int) async throws -> [ClaimedExecution]

    /// Renews (or makes) the executor's lease.
    ///
    /// - Parameter lease: seconds from now.
    func heartbeat(executor: UUID, name: String, capacity: Int, lease: Int) async throws

    /// The claims of live executions that the log says this executor holds.
    func held(by executor: UUID) async throws -> [UUID]

    /// Gives executions of this executor back to the queue, by claim.
    func release(_ claims: [UUID], of executor: UUID) async throws

    /// Executions that have waited for tool results for more than so many seconds and that no live executor holds.
    func overdueWaits(longerThan seconds: Int) async throws -> [OverdueWait]

    /// Gives back what the executor holds and ends its lease: others may claim it at once.
    func retire(executor: UUID) async throws

    /// Names of all executors that have a lease row, dead ones included.
    func executorNames() async throws -> [String]

    /// Ends the leases of executors that are known to be dead.
    func retire(named names: [String]) async throws
}
