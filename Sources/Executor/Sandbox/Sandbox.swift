/// A place that runs one program, once.
///
/// The order of use is fixed: ``mount(_:)`` any number of times, ``run(_:onOutput:)`` once, ``collect(_:)`` and the
/// reading of what it found, ``destroy()``. A call out of order throws ``SandboxError/Code/misuse``. When `run` has
/// returned, every process of the sandbox is dead; files stay readable until `destroy`.
protocol Sandbox: Sendable {
    /// Names the sandbox in logs.
    var id: String { get }

    /// Whether a waiting sandbox was taken or one had to be made.
    var source: SandboxSource { get }

    /// Writes files into `/mnt/data`.
    ///
    /// Throws ``SandboxError/Code/pathConflict`` if a path needs a directory where a file stands or the reverse,
    /// and ``SandboxError/Code/diskFull`` if the inputs do not fit.
    func mount(_ inputs: [SandboxInput]) async throws

    /// Runs the program and returns when it and all that it started are dead.
    ///
    /// - Parameter onOutput: called with each piece of output that is kept, in order for each stream, on the thread
    ///   that watches the run: it must return at once.
    /// - Throws: ``SandboxError/Code/lost`` if the sandbox died before the program started; the run may be repeated
    ///   in another sandbox. Everything later is an outcome.
    func run(
        _ program: Program, onOutput: @escaping @Sendable (ProgramStream, [UInt8]) -> Void
    ) async throws -> RunOutcome

    /// Ends the run, now or as soon as it begins, with ``Termination/cancelled(_:)``.
    func cancel(_ reason: CancelReason)

    /// Finds what the program left in `/mnt/data`. Only after `run` has returned.
    func collect(_ request: CollectionRequest) async throws -> CollectedFiles

    /// The bytes of a collected file, in pieces.
    func contents(of file: CollectedFile) throws -> SandboxFileBytes

    /// Kills what lives and frees everything. Idempotent, and allowed at any time.
    func destroy() async
}

/// Where a sandbox came from.
enum SandboxSource: String, Sendable {
    case poolHit = "pool_hit"
    case poolMiss = "pool_miss"
}

/// Who asked for the end of a run.
enum CancelReason: String, Sendable {
    case requested
    case clientDisconnected
    case shutdown
    /// The lease is lost: another executor owns the run now.
    case fenced
}

/// One of a program's two outputs.
enum ProgramStream: String, Sendable {
    case stdout
    case stderr
}
