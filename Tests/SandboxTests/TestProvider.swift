import Crypto
import Events
import Foundation
import Logging
import Synchronization
import Testing

@testable import Executor

/// All tests that run programs share one provider, which is started before the first and shut down after the last.
@Suite(.sharedProvider) enum Sandboxes {}

struct SharedProvider: SuiteTrait, TestScoping {
    @TaskLocal static var current: LocalProvider?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let provider = LocalProvider(testConfiguration(), logger: Logger(label: "sandboxes"))
        try await provider.start()
        do {
            try await Self.$current.withValue(provider) { try await function() }
        } catch {
            await provider.shutdown()
            throw error
        }
        await provider.shutdown()
    }
}

extension Trait where Self == SharedProvider {
    static var sharedProvider: Self { Self() }
}

/// Limits small enough to be met quickly.
func testConfiguration() -> LocalConfiguration {
    var limits = SandboxLimits()
    limits.memoryBytes = 256 << 20
    limits.diskBytes = 64 << 20
    limits.diskInodes = 4096
    limits.processes = 64
    limits.outputBytes = 1 << 20
    return LocalConfiguration(
        limits: limits, pythonEnvironment: pythonRoot, runtimes: repository + "/Runtimes",
        programs: URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path,
        cache: NSTemporaryDirectory() + "runledger-test-cache")
}

/// The virtual environment of the interpreter in RUNLEDGER_PYTHON, else the one that `just setup` makes. Where there
/// is none the provider does not start, so the tests fail instead of being left out.
let pythonRoot: String? = {
    let interpreter =
        ProcessInfo.processInfo.environment["RUNLEDGER_PYTHON"] ?? repository + "/.runledger/venv/bin/python3"
    return URL(fileURLWithPath: interpreter).deletingLastPathComponent().deletingLastPathComponent().path
}()

let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// What a test looks at after a run.
struct Ran: Sendable {
    var outcome: RunOutcome
    var stdout: String
    var stderr: String
    var files: CollectedFiles
    /// Contents of new and changed files by name.
    var contents: [String: [UInt8]] = [:]

    func text(_ name: String) -> String? { contents[name].map { String(decoding: $0, as: UTF8.self) } }
}

/// Keeps what is written.
private final class ByteSink: SandboxFileSink {
    let bytes = Mutex<[UInt8]>([])

    func write(_ piece: [UInt8]) async throws {
        bytes.withLock { $0 += piece }
    }
}

/// Runs a program in a fresh sandbox and collects what it left.
func run(
    _ language: Language, _ code: String, arguments: [String] = [], inputs: [SandboxInput] = [],
    collecting request: CollectionRequest = CollectionRequest(), timeLimit: Duration = .seconds(30),
    compileLimit: Duration = .seconds(60), owner: Owner? = nil,
    on provider: LocalProvider? = SharedProvider.current,
    onOutput: @escaping @Sendable (ProgramStream, [UInt8]) -> Void = { _, _ in }
) async throws -> Ran {
    let provider = try #require(provider)
    var program = Program(
        language: language, code: Array(code.utf8), arguments: arguments, timeLimit: timeLimit,
        compileLimit: compileLimit, owner: owner)
    for input in inputs {
        let bytes = ByteSink()
        try await input.write(bytes)
        program.inputs.append(
            MountedFile(path: input.path, sha256: Array(SHA256.hash(data: bytes.bytes.withLock(\.self)))))
    }
    return try await provider.withSandbox(for: language) { [program] sandbox in
        try await sandbox.mount(inputs)
        let outcome = try await sandbox.run(program, onOutput: onOutput)
        let files = try await sandbox.collect(request)
        var ran = Ran(
            outcome: outcome, stdout: String(decoding: outcome.stdout.bytes, as: UTF8.self),
            stderr: String(decoding: outcome.stderr.bytes, as: UTF8.self), files: files)
        for file in files.created + files.modified {
            var bytes: [UInt8] = []
            for try await piece in try sandbox.contents(of: file) { bytes += piece }
            ran.contents[file.path] = bytes
        }
        return ran
    }
}
