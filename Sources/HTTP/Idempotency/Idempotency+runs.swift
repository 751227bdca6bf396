import Events

extension RunAdmission {
    /// The run of a request with a key: the first one's if that is on record, else its own.
    ///
    /// - Throws: 409 when the key was used for another request; what `admit` throws.
    func admit(_ run: RunRequest, _ turn: Idempotency.Turn) async throws -> RunDecision {
        if case .again(let events) = turn, let first = RunDecision(recorded: events) { return first }
        let decision = try await admit(run)
        if decision.isRepeated, decision.requested.traits.requestSHA256 != run.traits.requestSHA256 {
            throw Idempotency.reused
        }
        return decision
    }
}

extension RunRequest {
    /// Makes it the run of a key: the log takes it once.
    mutating func identify(by key: Idempotency.Key?, digest: @autoclosure () -> Digest32) {
        guard let key else { return }
        traits.idempotencyKey = key.text
        traits.requestSHA256 = digest()
        command = key.command
    }

    /// Whether it only reads one file (CONTRACT 5.8.6).
    var readsFile: Bool { language == "bash" && FileRead.matches(code) }
}

extension LiveAnswer.Ended {
    init(_ answer: ExecAnswer) {
        self.init(
            json: answer.json(), session: answer.session, stdout: answer.finished.stdout,
            stderr: answer.finished.stderr)
    }
}
