public import Events

/// Questions across sessions, and the way from an execution to its events.
///
/// `events(ofExecution:)` and `session objects` answer from the log itself, never stale: a client asks for an
/// execution right after its answer arrived. The lists may lag behind the log as projections do.
public protocol LedgerReader: Sendable {
    /// All events that carry this execution id, oldest first; none when it does not exist.
    func events(ofExecution execution: String) async throws -> [Event]

    /// Whether an earlier serial execution of its session keeps a queued one from its turn.
    func waitsForTurn(_ execution: String) async throws -> Bool

    /// Sessions matching the query, newest first by the position of their first event.
    func sessions(_ query: SessionQuery) async throws -> [SessionSummary]

    /// Executions matching the query, newest first by the position of their `execution.requested`.
    func executions(_ query: ExecutionQuery) async throws -> [ExecutionSummary]
}

/// Whose things a list may show.
public enum OwnerScope: Sendable, Equatable {
    /// Only these owners' (a request may hold several valid identities).
    case owners([Owner])
    /// All of one tenant (an auditor key with a tenant).
    case tenant(String)
    case everything
}
