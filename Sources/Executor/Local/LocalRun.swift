internal import CSandbox
internal import Events
internal import Glibc

/// One program's way through its sandbox: compiled if need be, run, ended. Blocks its thread.
struct LocalRun {
    /// What a run needs besides the program.
    struct Tools: Sendable {
        var toolchains: [Language: Toolchain]
        /// Nil: everything is compiled each time.
        var cache: CompileCache?
    }

    private let program: Program
    private let handles: SandboxHandles
    private let cgroup: SandboxCgroup
    private let environment: SandboxEnvironment
    private let user: UInt32
    private let plan: LaunchPlan
    private let toolchain: Toolchain?
    private let cache: CompileCache?
    private var watch: RunWatch
    private let clock = ContinuousClock()
    private var isCompiling = false
    private var compileDuration: Duration?

    init(
        _ program: Program, in sandbox: LocalSandboxParts, limits: SandboxLimits, environment: SandboxEnvironment,
        tools: Tools, cancellation: CancelSignal, onOutput: @escaping @Sendable (ProgramStream, [UInt8]) -> Void
    ) throws {
        self.program = program
        handles = sandbox.handles
        cgroup = sandbox.cgroup
        user = sandbox.user
        self.environment = environment
        toolchain = tools.toolchains[program.language]
        cache = tools.cache
        plan = LaunchPlan(program, memoryBytes: limits.memoryBytes)
        watch = try RunWatch(
            handles: handles, cgroup: cgroup, limits: limits, state: program.state, cancellation: cancellation,
            tools: program.tools, onOutput: onOutput)
    }

    /// Returns when everything in the sandbox is dead.
    mutating func carryOut() throws -> RunOutcome {
        let processorTimeBefore = cgroup.processorTime()
        cgroup.resetMemoryPeak()
        let end: PhaseEnd
        let duration: Duration
        do {
            (end, duration) = try runPhases()
        } catch {
            // Even now nothing may go on living.
            _ = handles.kill()
            throw error
        }
        let (stdout, stderr) = try watch.finish()
        if isCompiling { watch.releaseCompilerOutput() }
        let counters = RunCounters(
            memoryKills: cgroup.memoryKills() + watch.childrenKilled, processLimitHits: cgroup.processLimitHits(),
            diskFull: isDiskFull())
        if end == .lost && !watch.hasStarted && counters.memoryKills == 0 {
            throw SandboxError(.lost, "the sandbox died before the program started")
        }
        let state = watch.state
        var verdict = RunVerdict(
            end, compiling: isCompiling, memoryKills: counters.memoryKills,
            heapIsFull: program.language.saysOutOfMemory(stderr))
        // A program that never came to its first statement has not succeeded (C22).
        if let state, !state.isRestored, verdict.exitCode == 0 { verdict.exitCode = 1 }
        return RunOutcome(
            termination: verdict.termination, exitCode: verdict.exitCode, signal: verdict.signal, stdout: stdout,
            stderr: stderr, duration: isCompiling ? .zero : duration - watch.paused, compileDuration: compileDuration,
            toolchain: toolchain?.version,
            usage: RunUsage(
                processorTime: cgroup.processorTime() - processorTimeBefore,
                memoryPeakBytes: cgroup.memoryPeakBytes()),
            counters: counters, state: state)
    }

    private mutating func runPhases() throws -> (PhaseEnd, Duration) {
        let begin = clock.now
        guard case .commands(let commands) = plan else { return try runJob(begin) }
        if let command = commands.compile {
            let end = try compile(commands, command)
            guard end == .ended(WaitStatus(raw: 0)) else { return (end, .zero) }
        } else {
            try writeEntry(commands)
        }
        let variables = environment.variables + commands.variables + (try prepareTools())
        let start = clock.now
        let end = try watch.runCommand(
            commands.run + program.arguments, environment: variables, limit: program.timeLimit, compiling: false)
        return (end, clock.now - start)
    }

    /// The driver of TypeScript transpiles before it says that the program starts.
    private mutating func runJob(_ begin: ContinuousClock.Instant) throws -> (PhaseEnd, Duration) {
        let isTranspiled = program.language == .typeScript
        let end = try watch.runJob(
            try JobMessage.encode(program), limit: program.timeLimit,
            compileLimit: isTranspiled ? program.compileLimit : nil)
        guard isTranspiled else { return (end, clock.now - begin) }
        isCompiling = watch.startedAt == nil
        let start = watch.startedAt ?? clock.now
        compileDuration = start - begin
        return (end, clock.now - start)
    }

    private mutating func compile(_ commands: LaunchCommands, _ command: [String]) throws -> PhaseEnd {
        let begin = clock.now
        let output = try makeOutput()
        let key = toolchain.flatMap { CompileKey(program, commands: commands, toolchain: $0) }
        if let key, let kept = cache?.program(for: key) {
            try output.install(kept)
            compileDuration = .zero
            return .ended(WaitStatus(raw: 0))
        }
        try writeEntry(commands)
        isCompiling = true
        let end = try watch.runCommand(
            command, environment: environment.variables, limit: program.compileLimit, compiling: true)
        compileDuration = clock.now - begin
        guard end == .ended(WaitStatus(raw: 0)) else { return end }
        // Taken before the program runs, which could write there.
        if let key, let cache, let made = try output.collect() { cache.keep(made, for: key) }
        watch.discardCompilerOutput()
        isCompiling = false
        return end
    }

    private func makeOutput() throws -> CompilerOutput {
        guard mkdirat(handles.build.raw, "out", 0o755) == 0,
            fchownat(handles.build.raw, "out", user, user, AT_SYMLINK_NOFOLLOW) == 0
        else { throw systemError(.unavailable, layer: "files", "directory of the compiler") }
        return try CompilerOutput(beneath: handles.build)
    }

    private func writeEntry(_ commands: LaunchCommands) throws {
        try write(commands.entry, program.code, in: commands.place == .box ? handles.box : handles.data)
    }

    /// Gives a script its tools as functions, and returns the variables that make it load them.
    private func prepareTools() throws -> [String] {
        guard let exchange = program.tools else { return [] }
        try write(BashTools.entry, BashTools.functions(for: exchange.tools), in: handles.box)
        return ["BASH_ENV=/box/\(BashTools.entry)"]
    }

    private func write(_ name: String, _ bytes: [UInt8], in directory: HeldDescriptor) throws {
        let number = sandbox_open_beneath(directory.raw, name, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        guard number >= 0 else { throw systemError(.unavailable, layer: "files", "entry script") }
        try HeldDescriptor(number).writeAll(bytes)
    }

    private func isDiskFull() -> Bool {
        var status = statvfs()
        guard fstatvfs(handles.data.raw, &status) == 0 else { return false }
        return status.f_bavail == 0 || status.f_favail == 0
    }
}

extension Language {
    /// Whether the runtime ended the program because its own heap was full; it says so last.
    func saysOutOfMemory(_ stderr: CapturedOutput) -> Bool {
        guard let mark = outOfMemoryMark else { return false }
        return String(decoding: stderr.bytes.suffix(65536), as: UTF8.self).contains(mark)
    }
}
