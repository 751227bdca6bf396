import Events
import Foundation
import HTTP
import Logging
import Projections
import Testing

struct FoldedLedger: LedgerReader {
    let log: MemoryLog
    func events(ofExecution execution: String) async throws -> [Event] {
        try await log.read(after: 0, limit: .max).filter { $0.execution == execution }
    }
    func sessions(_ query: SessionQuery) async throws -> [SessionSummary] { [] }
    func executions(_ query: ExecutionQuery) async throws -> [ExecutionSummary] { [] }
}

@Suite struct SmokeServer {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["SMOKE_PORT"] != nil))
    func serve() async throws {
        let log = MemoryLog()
        let claims = EagerClaims()
        let executor = UUID()
        claims.offer {
            let claim = UUID()
            return SlotReservation(executor: executor, executorName: "fake", claim: claim) { claimed in
                guard let claimed else { return }
                Task {
                    let requested = ExecutionRequested(claimed.requested.body)
                    let session = claimed.requested.session
                    let code = try await log.bytes(session: session, sha256: requested.codeSHA256)
                    let out = NewBlob(session: session, bytes: code)
                    let finished = ExecutionFinished(
                        status: .completed, reason: .exited, exitCode: 0, signal: nil, message: nil,
                        stdout: StreamRecord(sha256: out.sha256, totalBytes: Int64(code.count), keptBytes: Int64(code.count)),
                        stderr: StreamRecord(sha256: [], totalBytes: 0, keptBytes: 0), startedAt: .now(), duration: 1,
                        compile: nil, cpu: nil, memoryPeak: nil, files: [], skipped: [], counters: [:], attempt: 1,
                        executor: "fake", executorKind: "local", sandboxSource: "local", toolchain: nil)
                    _ = try await log.append(
                        Append(
                            session: session, expected: .any, events: [finished.event(execution: claimed.requested.execution)],
                            fence: Fence(execution: claimed.requested.execution ?? "", claim: claim), blobs: [out]))
                }
            }
        }
        var configuration = HTTPConfiguration()
        configuration.port = Int(ProcessInfo.processInfo.environment["SMOKE_PORT"] ?? "") ?? 8123
        configuration.apiKeys = ["sk-smoke-key-sk-smoke-key"]
        configuration.limits.maxJSONBodyBytes = 1 << 20
        configuration.limits.requestBodyTimeout = .seconds(3)
        configuration.debug = true
        var logger = Logger(label: "smoke")
        logger.logLevel = .info
        let server = HTTPServer(
            configuration: configuration,
            dependencies: HTTPDependencies(
                log: log, blobs: log, sessions: FoldedSessions(log: log), ledger: FoldedLedger(log: log), claims: claims,
                languages: Language.all.map { LanguageAvailability(language: $0, version: "1") },
                readiness: [.init(name: "postgres") {}], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask { try await Task.sleep(for: .seconds(600)) }
            try await group.next()
            group.cancelAll()
        }
    }
}
