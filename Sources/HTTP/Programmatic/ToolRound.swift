import Events
import FoundationEssentials

/// A round of tool calls as the log has it, found by its token.
struct ToolRound {
    /// The `execution.tool_call_requested` event: the next milestone behind it is the round's reply.
    let asked: Event
    let calls: [ToolCall]
    let requested: ExecutionRequested
    /// The `execution.tool_results_recorded` event, once there is one.
    let recorded: Event?

    /// - Parameter events: all of the execution.
    /// - Returns: nil when the token names no round of an execution that the caller owns, or one that is too old.
    init?(_ token: ContinuationToken, in events: [Event], of caller: Caller, validFor ttl: Duration, now: Timestamp) {
        guard let created = events.first(where: { $0.type == .executionRequested }), created.data != nil,
            created.session == token.session, created.execution == token.execution,
            let asked = events.first(where: { ContinuationToken($0) == token })
        else { return nil }
        requested = ExecutionRequested(created.body)
        guard caller.owns(requested.owner),
            now.milliseconds - asked.time.milliseconds <= ttl.components.seconds * 1000
        else { return nil }
        self.asked = asked
        calls = ToolCallRequested(asked.body).calls
        recorded = events.first {
            $0.type == .executionToolResultsRecorded && ToolResultsRecorded($0.body).round == token.round
        }
    }

    /// The command under which the results of a round are recorded: whoever is first, on whichever replica, and
    /// nobody after.
    static func command(_ token: ContinuationToken) -> UUID {
        let bytes = EventHash.sha256(Array("tool-results \(token.execution) \(token.round)".utf8))
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
