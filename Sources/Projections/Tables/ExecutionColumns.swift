import Events
import Postgres

/// The columns of `execution_view`, in the order of the table, and of the parameters of `apply_executions`.
enum ExecutionColumns {
    static let count = 39

    static func parameters(_ rows: [ExecutionState]) -> [SQLParameter] {
        [
            rows.texts { $0.id }, rows.texts { $0.session }, rows.texts { $0.request?.owner.tenant },
            rows.texts { $0.request?.owner.principal }, rows.texts { $0.request?.language },
            rows.texts { $0.request?.endUser }, rows.texts { $0.request?.entityID },
            rows.digests { $0.request?.codeSHA256 }, rows.integers { $0.request?.codeSize },
            rows.integers { $0.request?.timeout }, rows.texts { $0.status },
            rows.texts { $0.outcome?.reason.rawValue }, rows.integers { $0.outcome?.exitCode },
            rows.texts { $0.outcome?.signal }, rows.texts { $0.outcome?.message }, rows.integers { $0.attempt },
            rows.texts { $0.executor }, rows.texts { $0.outcome?.executorKind }, rows.texts { $0.sandboxSource },
            rows.texts { $0.outcome?.toolchain }, rows.times { $0.createdAt }, rows.times { $0.claimedAt },
            rows.times { $0.startedAt }, rows.times { $0.finishedAt }, rows.integers { $0.outcome?.duration },
            rows.integers { $0.outcome?.compile }, rows.integers { $0.outcome?.cpu },
            rows.integers { $0.outcome?.memoryPeak }, rows.digests { $0.outcome?.stdout.sha256 },
            rows.integers { $0.outcome?.stdout.totalBytes }, rows.integers { $0.outcome?.stdout.keptBytes },
            rows.digests { $0.outcome?.stderr.sha256 }, rows.integers { $0.outcome?.stderr.totalBytes },
            rows.integers { $0.outcome?.stderr.keptBytes }, rows.integers { $0.requestedPosition },
            rows.integers { $0.lastPosition }, rows.integers { $0.firstVersion }, rows.integers { $0.lastVersion },
            rows.booleans { $0.isErased },
        ]
    }

    static func row(_ row: SQLRow) throws -> ExecutionState {
        let status: String? = try row.decode(10)
        return ExecutionState(
            id: try row.decode(0), session: try row.decode(1), request: try request(row),
            outcome: try outcome(row, status: status.flatMap(ExecutionStatus.init)), phase: phase(status),
            attempt: try row.decode(15), executor: try row.decode(16), sandboxSource: try row.decode(18),
            createdAt: try row.time(20), claimedAt: try row.optionalTime(21), startedAt: try row.optionalTime(22),
            finishedAt: try row.optionalTime(23), requestedPosition: try row.decode(34),
            lastPosition: try row.decode(35), firstVersion: try row.decode(36), lastVersion: try row.decode(37),
            isErased: try row.decode(38))
    }

    private static func phase(_ status: String?) -> ExecutionState.Phase {
        switch status {
        case "queued": .queued
        case "running": .running
        case "waiting_for_tools": .waitingForTools
        default: .finished
        }
    }

    private static func request(_ row: SQLRow) throws -> ExecutionState.Request? {
        guard let tenant: String = try row.decode(2) else { return nil }
        return ExecutionState.Request(
            owner: Owner(tenant: tenant, principal: try row.decode(3)), language: try row.decode(4),
            endUser: try row.decode(5), entityID: try row.decode(6), codeSHA256: try row.decode(7),
            codeSize: try row.decode(8), timeout: try row.decode(9))
    }

    private static func outcome(_ row: SQLRow, status: ExecutionStatus?) throws -> ExecutionState.Outcome? {
        guard let status else { return nil }
        return ExecutionState.Outcome(
            status: status, reason: TerminationReason(rawValue: try row.decode(11)) ?? .infrastructure,
            exitCode: try row.decode(12), signal: try row.decode(13), message: try row.decode(14),
            stdout: StreamRecord(
                sha256: try row.decode(28), totalBytes: try row.decode(29), keptBytes: try row.decode(30)),
            stderr: StreamRecord(
                sha256: try row.decode(31), totalBytes: try row.decode(32), keptBytes: try row.decode(33)),
            duration: try row.decode(24), compile: try row.decode(25), cpu: try row.decode(26),
            memoryPeak: try row.decode(27), executorKind: try row.decode(17), toolchain: try row.decode(19))
    }
}
