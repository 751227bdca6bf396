import Events
import Synchronization

@testable import Executor

/// A provider for the faults that a real sandbox cannot be made to have on demand: being lost before the start, an
/// outcome at a chosen moment.
final class ScriptedProvider: SandboxProvider {
    /// What the n-th sandbox does when it is run.
    typealias Script = @Sendable (_ sandbox: Int, _ program: Program) async throws -> RunOutcome

    private let script: Script
    private let made = Mutex(0)
    /// Sandboxes handed out and not destroyed.
    let alive = Mutex(0)

    init(_ script: @escaping Script) { self.script = script }

    var sandboxes: Int { made.withLock { $0 } }

    func start() async throws {}
    func shutdown() async {}
    var languages: [LanguageAvailability] {
        get async { [LanguageAvailability(language: .bash, version: "5.2")] }
    }

    func acquire(_ language: Language) async throws -> any Sandbox {
        let number = made.withLock { number in
            number += 1
            return number
        }
        alive.withLock { $0 += 1 }
        return ScriptedSandbox(number: number, script: script) { [self] in alive.withLock { $0 -= 1 } }
    }
}

private final class ScriptedSandbox: Sandbox {
    let number: Int
    let script: ScriptedProvider.Script
    let onDestroy: @Sendable () -> Void
    private let isDestroyed = Mutex(false)

    init(number: Int, script: @escaping ScriptedProvider.Script, onDestroy: @escaping @Sendable () -> Void) {
        self.number = number
        self.script = script
        self.onDestroy = onDestroy
    }

    var id: String { "scripted-\(number)" }
    var source: SandboxSource { .poolHit }
    func mount(_ inputs: [SandboxInput]) async throws {}
    func run(
        _ program: Program, onOutput: @escaping @Sendable (ProgramStream, [UInt8]) -> Void
    ) async throws -> RunOutcome {
        try await script(number, program)
    }
    func cancel(_ reason: CancelReason) {}
    func collect(_ request: CollectionRequest) async throws -> CollectedFiles { CollectedFiles() }
    func contents(of file: CollectedFile) throws -> SandboxFileBytes { SandboxFileBytes { nil } }
    func destroy() async {
        let isFirst = isDestroyed.withLock { destroyed in
            defer { destroyed = true }
            return !destroyed
        }
        if isFirst { onDestroy() }
    }
}

extension RunOutcome {
    static func exited(_ code: Int, stdout: String = "") -> RunOutcome {
        RunOutcome(
            termination: .exited, exitCode: code, signal: nil,
            stdout: CapturedOutput(bytes: Array(stdout.utf8), totalBytes: stdout.utf8.count),
            stderr: CapturedOutput(), duration: .milliseconds(1), compileDuration: nil, usage: RunUsage(),
            counters: RunCounters())
    }
}
