/// How a run ended.
struct RunOutcome: Sendable {
    var termination: Termination
    /// As in CONTRACT 5.6: 128+n for signal n, 124 and 137 for the limits, nil if cancelled or never started.
    var exitCode: Int?
    /// `SIGSEGV`, for one, if a signal ended the program and no limit did.
    var signal: String?
    var stdout: CapturedOutput
    var stderr: CapturedOutput
    /// Run time without waiting and compiling.
    var duration: Duration
    /// Nil if the language has no compiler; zero if the compiled program was there already.
    var compileDuration: Duration?
    /// Version of the language's toolchain.
    var toolchain: String?
    var usage: RunUsage
    var counters: RunCounters
    /// Nil for a program without state.
    var state: CapturedState? = nil
}

/// Why a run ended.
enum Termination: Sendable, Equatable {
    case exited
    case signal
    case compileError
    case timeLimit
    case compileTimeLimit
    case memoryLimit
    case cancelled(CancelReason)
    /// What the program asked of its tools cannot be: the line that stderr ends in.
    case toolFailure(String)
    /// The sandbox was lost after the program had started.
    case infrastructure(String)
}

/// What was kept of one stream.
struct CapturedOutput: Sendable, Equatable {
    /// The first bytes, at most ``SandboxLimits/outputBytes``.
    var bytes: [UInt8] = []
    /// All that was written.
    var totalBytes: Int = 0
}

/// What a run used.
struct RunUsage: Sendable, Equatable {
    var processorTime: Duration = .zero
    /// Files in memory included.
    var memoryPeakBytes: UInt64 = 0
}

/// How often a run met a limit that shows as an error to the program instead of ending it.
struct RunCounters: Sendable, Equatable {
    /// Processes killed because memory ran out.
    var memoryKills: Int = 0
    /// Times that no process or thread could be started.
    var processLimitHits: Int = 0
    /// Whether the disk was full when the run ended.
    var diskFull: Bool = false
}
