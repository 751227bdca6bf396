import Events
import Projections

/// Calls executions off (CONTRACT 5.9, 10.4). Whoever holds one follows the log and kills it; what nobody holds is
/// ended in the same append, because nobody else would do it soon.
struct Cancellation {
    let log: any EventLog
    let ledger: any LedgerReader

    /// Records that an execution is to end.
    ///
    /// - Returns: its terminal body if it had ended already, or ended now because nobody held it; nil when its holder
    ///   is to end it.
    func cancel(
        _ execution: String, in session: String, reason: TerminationReason, actor: Actor
    ) async throws -> ExecutionFinished? {
        let wish = ExecutionCancelRequested(reason: reason, actor: actor).event(execution: execution)
        let end = ExecutionFinished(unrun: .cancelled, reason, message: "Execution cancelled")
        let unheld = try await log.append(
            Append(
                session: session, expected: .any, events: [wish, end.event(execution: execution)],
                fence: Fence(execution: execution, claim: nil)))
        if unheld.committed != nil { return end }
        // Somebody holds it, or it has ended.
        let events = try await ledger.events(ofExecution: execution)
        if let finished = events.last(where: { $0.type == .executionFinished }) {
            return ExecutionFinished(finished.body)
        }
        if !events.contains(where: { $0.type == .executionCancelRequested }) {
            _ = try await log.append(Append(session: session, expected: .any, events: [wish]))
        }
        return nil
    }
}
