import Events

extension RunRecording {
    /// Records the state that a run left, in the append of its end, and tells what became of it (CONTRACT 8).
    ///
    /// A run that was ended by a limit, a signal or a cancellation saves nothing, whatever its program may have said.
    mutating func keep(
        _ captured: CapturedState?, of outcome: RunOutcome, restored: StateRestore,
        configuration: ExecutorConfiguration
    ) async throws -> StateOutcome {
        var result = StateOutcome(before: restored.current?.blob, after: nil, errors: restored.errors)
        guard let captured else { return result }
        result.errors += captured.errors
        if !captured.isRestored {
            result.errors.append("state: not restored: the run ended while it was loaded")
        }
        guard captured.isRestored, outcome.termination == .exited,
            outcome.exitCode == 0 || configuration.capturesFailedState
        else { return result }
        guard let blob = captured.blob else {
            if !captured.isReported {
                result.errors.append("state: not saved: the process ended before its variables could be read")
            }
            return result
        }
        let saved = StateBlob(sha256: try await store(blob), size: Int64(blob.count))
        events.append(StateSaved(blob: saved, base: restored.current?.position).event(execution: execution))
        result.after = saved
        return result
    }
}
