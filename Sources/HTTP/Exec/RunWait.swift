import Events
import Logging

/// Waits for an admitted run, whichever process runs it, and minds what may happen meanwhile: that it waits too long
/// in the queue, and that its client goes away.
struct RunWait {
    private let log: any EventLog
    private let limits: WaitLimits
    private let cancellation: Cancellation
    private let cancelsOnDisconnect: Bool
    private let gate: RunGate
    private let logger: Logger

    init(_ services: APIServices) {
        log = services.log
        limits = WaitLimits(services)
        cancellation = Cancellation(log: services.log, ledger: services.ledger)
        cancelsOnDisconnect = services.limits.cancelsOnDisconnect
        gate = services.runs
        logger = services.dependencies.logger
    }

    /// The next milestone of a run behind a position: its end, or that it waits for tools.
    ///
    /// - Parameter client: who takes the run along when it leaves; nil for a run that is to be finished in any case,
    ///   as one with an idempotency key is (D13).
    /// - Throws: `WaitOver` as its `APIError` when it was given up in the queue; what the log throws.
    func milestone(
        of run: RunDecision, after position: Int64 = 0, client: ConnectionWatch?
    ) async throws -> Event {
        let (execution, session) = (run.execution, run.session)
        if cancelsOnDisconnect, let client {
            client.whenGone { [gate] in
                // A server that goes down hands its runs over, and hangs up on their clients itself.
                guard !gate.isClosed else { return }
                // Unstructured: the waiting task may be gone with its client.
                Task { await self.callOff(execution, in: session, actor: run.requested.actor) }
            }
        }
        defer { client?.whenGone(nil) }
        let deadline = run.isQueued
            ? Task { await limits.watch(execution, in: session, isSerial: run.requested.traits.keepsState) } : nil
        defer { deadline?.cancel() }
        return try await log.milestone(execution: execution, session: session, after: position)
    }

    private func callOff(_ execution: String, in session: String, actor: Actor) async {
        do {
            _ = try await cancellation.cancel(execution, in: session, reason: .clientDisconnected, actor: actor)
        } catch {
            logger.warning(
                "the run of a client that left goes on", metadata: ["execution": "\(execution)", "error": "\(error)"])
        }
    }
}
