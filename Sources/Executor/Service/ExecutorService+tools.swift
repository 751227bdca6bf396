import Events
import FoundationEssentials
import Logging
import Synchronization

extension ExecutorService {
    /// How a run of this executor pauses while others get its tools' results.
    func pause(of claim: UUID) -> RunPause {
        let patience = min(configuration.toolPauseSeconds, configuration.toolWaitSeconds)
        return RunPause(
            room: pauses, patience: .seconds(patience), leave: { [self] in release() },
            enter: { [self] in await takeAgain() },
            giveBack: { [self] in
                do {
                    try await queue.release([claim], of: id)
                } catch {
                    // Found again as a stray.
                    logger.warning("an execution was not given back", metadata: ["error": "\(error)"])
                }
                // Its results may have come in the meantime.
                lookForWork()
            })
    }

    /// Waits for a place among those that run.
    ///
    /// - Returns: false when the run is not to go on; it has a place all the same.
    private func takeAgain() async -> Bool {
        let number = UUID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    if state.isDraining || Task.isCancelled {
                        state.slots.take(1)
                        return false
                    }
                    if state.slots.takeAgain() { return true }
                    state.returning[number] = continuation
                    state.returningOrder.append(number)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard let continuation = state.returning.removeValue(forKey: number) else { return nil }
                state.slots.take(1)
                return continuation
            }
            continuation?.resume(returning: false)
        }
    }

    /// Ends executions that waited for tool results longer than their continuation is valid, and that nobody holds.
    func endOverdueWaits() async {
        let seconds = configuration.toolWaitSeconds
        do {
            for wait in try await queue.overdueWaits(longerThan: seconds) {
                let end = ExecutionFinished(
                    unrun: .error, .infrastructure,
                    message: "Execution failed: no tool results came within \(seconds) seconds")
                // At this version of the session it still waits: if results came, this is a conflict.
                _ = try await log.append(
                    Append(
                        session: wait.session, expected: .exactly(wait.version),
                        events: [end.event(execution: wait.execution)],
                        fence: Fence(execution: wait.execution, claim: wait.claim)))
            }
        } catch {
            logger.warning("executions that wait too long were not ended", metadata: ["error": "\(error)"])
        }
    }
}
