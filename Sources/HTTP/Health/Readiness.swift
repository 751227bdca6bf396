import Events

/// Answers `/ready`: asks every part of the house, at most once in two seconds, and waits at most two for each.
actor Readiness {
    /// `ok`, or what is wrong, by check.
    typealias Verdicts = [(name: String, verdict: String)]

    private let checks: [HTTPDependencies.ReadinessCheck]
    private let patience: Duration
    private let lifetime: Duration
    private var latest: (at: ContinuousClock.Instant, verdicts: Verdicts)?
    private var running: Task<Verdicts, Never>?
    private var isDraining = false

    init(
        _ checks: [HTTPDependencies.ReadinessCheck], patience: Duration = .seconds(2), lifetime: Duration = .seconds(2)
    ) {
        self.checks = checks
        self.patience = patience
        self.lifetime = lifetime
    }

    /// From now on the answer is no: the server is shutting down.
    func drain() { isDraining = true }

    func verdicts() async -> (isReady: Bool, verdicts: Verdicts) {
        let verdicts = await current()
        return (!isDraining && verdicts.allSatisfy { $0.verdict == "ok" }, verdicts)
    }

    private func current() async -> Verdicts {
        if let latest, ContinuousClock.now - latest.at < lifetime { return latest.verdicts }
        if let running { return await running.value }
        let task = Task { [checks, patience] in await Self.ask(checks, patience: patience) }
        running = task
        let verdicts = await task.value
        running = nil
        latest = (.now, verdicts)
        return verdicts
    }

    private static func ask(_ checks: [HTTPDependencies.ReadinessCheck], patience: Duration) async -> Verdicts {
        await withTaskGroup(of: (Int, String).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await verdict(check, patience: patience)) }
            }
            var verdicts = checks.map { (name: $0.name, verdict: "ok") }
            for await (index, verdict) in group { verdicts[index].verdict = verdict }
            return verdicts
        }
    }

    /// The first of answer and patience. The check is left behind when it does not end: it may hang in a call that
    /// ignores cancellation, which is exactly when this must answer.
    private static func verdict(_ check: HTTPDependencies.ReadinessCheck, patience: Duration) async -> String {
        let (verdicts, continuation) = AsyncStream<String>.makeStream()
        let work = Task {
            do {
                try await check.check()
                continuation.yield("ok")
            } catch {
                continuation.yield("failed")
            }
        }
        let timer = Task {
            try? await Task.sleep(for: patience)
            continuation.yield("timed out")
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        for await verdict in verdicts { return verdict }
        return "failed"
    }
}
