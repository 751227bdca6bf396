import Events

/// What a sandbox is to run.
struct Program: Sendable {
    var language: Language
    /// The source code, as sent.
    var code: [UInt8]
    var arguments: [String]
    /// Bounds the run itself.
    var timeLimit: Duration
    /// Bounds the compiler, if the language has one.
    var compileLimit: Duration
    /// The Python state around the run; nil for a program without.
    var state: ProgramState?
    /// What the code may call; nil: it is no programmatic run. The time limit is that of a round then.
    var tools: ToolExchange?
    /// What is mounted in `/mnt/data`: a compiler may read it.
    var inputs: [MountedFile]
    /// Whose compiled programs may be used and kept; nil: none.
    var owner: Owner?

    init(
        language: Language, code: [UInt8], arguments: [String] = [], timeLimit: Duration = .seconds(30),
        compileLimit: Duration = .seconds(60), state: ProgramState? = nil, tools: ToolExchange? = nil,
        inputs: [MountedFile] = [], owner: Owner? = nil
    ) {
        self.language = language
        self.code = code
        self.arguments = arguments
        self.timeLimit = timeLimit
        self.compileLimit = compileLimit
        self.state = state
        self.tools = tools
        self.inputs = inputs
        self.owner = owner
    }
}

/// What one sandbox may use. The same for all sandboxes of a provider, because they are made before their program is
/// known.
struct SandboxLimits: Sendable, Equatable {
    /// Memory of the program itself, without its files.
    var memoryBytes: UInt64 = 512 << 20
    /// All files together: `/mnt/data`, `/tmp`, `/dev/shm`.
    var diskBytes: UInt64 = 1024 << 20
    /// Files and directories together.
    var diskInodes: UInt64 = 65536
    /// Processes and threads.
    var processes: Int = 512
    var openFiles: Int = 1024
    /// Processors' worth of time.
    var processors: Double = 1
    /// Bytes kept of each stream; more is counted.
    var outputBytes: Int = 10 << 20
    /// Open network; closed if false.
    var network: Bool = false
}
