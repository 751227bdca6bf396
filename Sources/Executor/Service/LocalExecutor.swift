public import Events
public import Logging

/// Makes the executor whose sandboxes are namespaces on this machine.
public enum LocalExecutor {
    /// - Parameters:
    ///   - python: root of the virtual environment that programs see; nil: Python is not available.
    ///   - runtimes: the `Runtimes` directory.
    ///   - programs: directory of `runledger-zygote` and `librunledger-sandbox.so`.
    ///   - cache: writable directory kept between starts.
    public static func service(
        log: any EventLog, queue: any ExecutionQueue, blobs: any BlobStore, claims: EagerClaims,
        configuration: ExecutorConfiguration, limits: LocalLimits, python: String?, runtimes: String,
        programs: String, cache: String, logger: Logger
    ) -> ExecutorService {
        var local = LocalConfiguration(
            pythonEnvironment: python, runtimes: runtimes, programs: programs, cache: cache)
        local.limits.memoryBytes = UInt64(configuration.memoryMiB) << 20
        local.limits.diskBytes = UInt64(limits.diskMiB) << 20
        local.limits.processes = limits.processes
        local.limits.openFiles = limits.openFiles
        local.limits.processors = limits.processors
        local.limits.outputBytes = limits.outputBytes
        local.limits.network = limits.network
        local.compileCacheBytes = limits.compileCacheMiB << 20
        return ExecutorService(
            log: log, queue: queue, blobs: blobs, provider: LocalProvider(local, logger: logger), claims: claims,
            configuration: configuration, logger: logger)
    }

    /// Checks what sandboxes need from this host; blocks for some milliseconds.
    public static func examine(
        python: String?, runtimes: String, programs: String, cache: String
    ) -> [(name: String, isOk: Bool, explanation: String)] {
        Doctor.check(
            LocalConfiguration(pythonEnvironment: python, runtimes: runtimes, programs: programs, cache: cache)
        ).map { ($0.layer, $0.isOk, $0.explanation) }
    }
}

/// What one local sandbox may use besides memory and time.
public struct LocalLimits: Sendable {
    /// `SANDBOX_DISK_MB`.
    public var diskMiB = 1024
    /// `MAX_PIDS`.
    public var processes = 512
    /// `MAX_OPEN_FILES`.
    public var openFiles = 1024
    /// `MAX_CPUS`.
    public var processors = 1.0
    /// `MAX_OUTPUT_BYTES`.
    public var outputBytes = 10 << 20
    /// `SANDBOX_NETWORK`.
    public var network = false
    /// `COMPILE_CACHE_MB`; 0: nothing is kept.
    public var compileCacheMiB = 512

    public init() {}
}
