internal import CSandbox
internal import Events
internal import Glibc

/// A sandbox made of namespaces on this machine.
final class LocalSandbox: Sandbox {
    let id: String
    let source: SandboxSource
    let handles: SandboxHandles
    let user: UInt32
    private let cgroup: SandboxCgroup
    private let limits: SandboxLimits
    private let environment: SandboxEnvironment
    private let cancellation: CancelSignal
    let life = SandboxLife()
    /// Called once, when everything is freed.
    private let onDestroy: @Sendable () -> Void

    init(
        _ parts: LocalSandboxParts, source: SandboxSource, limits: SandboxLimits, environment: SandboxEnvironment,
        onDestroy: @escaping @Sendable () -> Void
    ) throws {
        id = parts.id
        handles = parts.handles
        user = parts.user
        cgroup = parts.cgroup
        self.source = source
        self.limits = limits
        self.environment = environment
        self.onDestroy = onDestroy
        cancellation = try CancelSignal()
    }

    func cancel(_ reason: CancelReason) {
        cancellation.raise(reason)
    }

    func run(
        _ program: Program, onOutput: @escaping @Sendable (ProgramStream, [UInt8]) -> Void
    ) async throws -> RunOutcome {
        try await life.run {
            try await onDedicatedThread { try self.runOnThisThread(program, onOutput: onOutput) }
        }
    }

    func destroy() async {
        guard life.close() else { return }
        cancellation.raise(.shutdown)
        await life.waitUntilUnused()
        // A sandbox that cannot be freed on a thread of its own is freed on this one: it must not stay.
        do { try await onDedicatedThread { self.free() } } catch { free() }
        onDestroy()
    }

    private func free() {
        _ = handles.kill()
        handles.closeAll()
        cgroup.remove()
    }

    private func runOnThisThread(
        _ program: Program, onOutput: @escaping @Sendable (ProgramStream, [UInt8]) -> Void
    ) throws -> RunOutcome {
        guard let plan = LaunchPlan(program.language) else {
            throw SandboxError(.misuse, "no way to run \(program.language.code)")
        }
        var watch = try RunWatch(
            handles: handles, cgroup: cgroup, limits: limits, state: program.state, cancellation: cancellation,
            tools: program.tools,
            onOutput: onOutput)
        let processorTimeBefore = cgroup.processorTime()
        cgroup.resetMemoryPeak()
        let clock = ContinuousClock()
        let begin = clock.now
        var compiled: ContinuousClock.Instant?
        var isCompiling = false
        var end: PhaseEnd
        do {
            switch plan {
            case .job:
                end = try watch.runJob(try JobMessage.encode(program), limit: program.timeLimit)
            case .commands(let entry, let compile, let run):
                try writeEntry(entry, program.code)
                let variables = environment.variables + (try prepareTools(program))
                end = .ended(WaitStatus(raw: 0))
                if let compile {
                    isCompiling = true
                    end = try watch.runCommand(
                        compile, environment: environment.variables, limit: program.compileLimit, compiling: true)
                    compiled = clock.now
                }
                if end == .ended(WaitStatus(raw: 0)) {
                    if isCompiling { watch.discardCompilerOutput() }
                    isCompiling = false
                    end = try watch.runCommand(
                        run + program.arguments, environment: variables, limit: program.timeLimit,
                        compiling: false)
                }
            }
        } catch {
            // Even now nothing may go on living.
            _ = handles.kill()
            throw error
        }
        let finished = clock.now
        let (stdout, stderr) = try watch.finish()
        if isCompiling { watch.releaseCompilerOutput() }
        let counters = RunCounters(
            memoryKills: cgroup.memoryKills() + watch.childrenKilled, processLimitHits: cgroup.processLimitHits(),
            diskFull: isDiskFull())
        if end == .lost && !watch.hasStarted && counters.memoryKills == 0 {
            throw SandboxError(.lost, "the sandbox died before the program started")
        }
        let state = watch.state
        var verdict = RunVerdict(end, compiling: isCompiling, memoryKills: counters.memoryKills)
        // A program that never came to its first statement has not succeeded (C22).
        if let state, !state.isRestored, verdict.exitCode == 0 { verdict.exitCode = 1 }
        return RunOutcome(
            termination: verdict.termination, exitCode: verdict.exitCode, signal: verdict.signal, stdout: stdout,
            stderr: stderr, duration: isCompiling ? .zero : finished - (compiled ?? begin) - watch.paused,
            compileDuration: compiled.map { $0 - begin },
            usage: RunUsage(
                processorTime: cgroup.processorTime() - processorTimeBefore,
                memoryPeakBytes: cgroup.memoryPeakBytes()),
            counters: counters, state: state)
    }

    private func writeEntry(_ name: String, _ code: [UInt8]) throws {
        let number = sandbox_open_beneath(handles.box.raw, name, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        guard number >= 0 else { throw systemError(.unavailable, layer: "files", "entry script") }
        try HeldDescriptor(number).writeAll(code)
    }

    /// Gives a script its tools as functions, and returns the variables that make it load them.
    private func prepareTools(_ program: Program) throws -> [String] {
        guard let exchange = program.tools else { return [] }
        try writeEntry(BashTools.entry, BashTools.functions(for: exchange.tools))
        return ["BASH_ENV=/box/\(BashTools.entry)"]
    }

    private func isDiskFull() -> Bool {
        var status = statvfs()
        guard fstatvfs(handles.data.raw, &status) == 0 else { return false }
        return status.f_bavail == 0 || status.f_favail == 0
    }
}

/// What making a sandbox gives: everything that does not depend on who takes it.
struct LocalSandboxParts: Sendable {
    let id: String
    let kind: PoolKind
    let handles: SandboxHandles
    let user: UInt32
    let cgroup: SandboxCgroup

    /// Frees a sandbox that nobody took. Blocks.
    func discard() {
        _ = handles.kill()
        handles.closeAll()
        cgroup.remove()
    }
}
