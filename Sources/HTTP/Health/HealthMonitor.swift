import Events
import Logging

/// Asks the parts of the house how they are, side by side, and remembers the answers for half a minute.
actor HealthMonitor {
    /// Slower than this a part is degraded: requests need several answers of the database each.
    private static let slow = Duration.seconds(1)

    private let checks: [ServiceCheck]
    private let patience: Duration
    private let lifetime: Duration
    private let logger: Logger
    private var latest: (at: ContinuousClock.Instant, reports: [ServiceReport])?
    private var running: Task<[ServiceReport], Never>?

    init(
        _ checks: [ServiceCheck], patience: Duration, lifetime: Duration = .seconds(30), logger: Logger
    ) {
        self.checks = checks
        self.patience = patience
        self.lifetime = lifetime
        self.logger = logger
    }

    /// All reports, in the order of the checks.
    ///
    /// - Parameter usesCache: false asks again; who asks at the same time gets the same answer.
    func reports(usesCache: Bool) async -> [ServiceReport] {
        if usesCache, let latest, ContinuousClock.now - latest.at < lifetime { return latest.reports }
        if let running { return await running.value }
        let task = Task { [checks, patience, logger] in
            await Self.ask(checks, patience: patience, logger: logger)
        }
        running = task
        let reports = await task.value
        running = nil
        latest = (.now, reports)
        return reports
    }

    private static func ask(_ checks: [ServiceCheck], patience: Duration, logger: Logger) async -> [ServiceReport] {
        await withTaskGroup(of: (Int, ServiceReport).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await report(check, patience: patience, logger: logger)) }
            }
            return await group.reduce(into: [(Int, ServiceReport)]()) { $0.append($1) }
                .sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private enum Answer {
        case found(ServiceCheck.Finding)
        case failed(String)
    }

    /// The first of answer and patience. A check that does not end is left behind, as in `Readiness`.
    private static func report(
        _ check: ServiceCheck, patience: Duration, logger: Logger
    ) async -> ServiceReport {
        let (askedAt, began) = (Timestamp.now(), ContinuousClock.now)
        let (answers, continuation) = AsyncStream<Answer>.makeStream()
        let work = Task {
            do {
                continuation.yield(.found(try await check.examine()))
            } catch {
                logger.warning("unhealthy", metadata: ["service": "\(check.name)", "error": "\(error)"])
                continuation.yield(.failed("The check failed"))
            }
        }
        let timer = Task {
            try? await Task.sleep(for: patience)
            continuation.yield(.failed("No answer within \(patience.components.seconds) seconds"))
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        var answer = Answer.failed("The check was called off")
        for await first in answers {
            answer = first
            break
        }
        let duration = ContinuousClock.now - began
        func report(_ status: HealthStatus, _ details: [JSONMember] = [], _ error: String? = nil) -> ServiceReport {
            ServiceReport(
                name: check.name, kind: check.kind, status: status, askedAt: askedAt, duration: duration,
                details: details, error: error)
        }
        switch answer {
        case .found(let finding):
            return report(finding.isDegraded || duration > slow ? .degraded : .healthy, finding.details)
        case .failed(let error): return report(.unhealthy, [], error)
        }
    }
}

extension [ServiceReport] {
    /// The worst of all; unknown when there is none.
    var overall: HealthStatus {
        if isEmpty { return .unknown }
        if contains(where: { $0.status == .unhealthy }) { return .unhealthy }
        return contains { $0.status == .degraded } ? .degraded : .healthy
    }
}
