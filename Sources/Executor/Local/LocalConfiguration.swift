/// What the local provider needs to know.
struct LocalConfiguration: Sendable {
    /// Each sandbox's limits.
    var limits = SandboxLimits()
    /// Root of the virtual environment that Python programs run in; without one, Python is not available.
    var pythonEnvironment: String?
    /// The repository's `Runtimes` directory.
    var runtimes: String
    /// The directory of `runledger-zygote` and `librunledger-sandbox.so`.
    var programs: String
    /// A writable directory for what may be kept between starts: a font cache, compiled programs.
    var cache: String
    /// Of all compiled programs together; 0: none are kept.
    var compileCacheBytes: Int = 512 << 20
    /// How many sandboxes of each kind wait for a program.
    var poolTargets: [PoolKind: Int] = [.python: 3, .javaScript: 1, .plain: 2]
    /// How many sandboxes are made at the same time.
    var maximumCreating: Int = 4
    /// Sandboxes get user ids from here on, each its own.
    var firstUser: UInt32 = 200_000
    var users: UInt32 = 60_000

    var zygoteProgram: String { programs + "/runledger-zygote" }
    var sandboxLibrary: String { programs + "/librunledger-sandbox.so" }
}
