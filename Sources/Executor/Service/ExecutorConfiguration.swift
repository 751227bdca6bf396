public import Events

/// What an executor may do at once, and for how long.
public struct ExecutorConfiguration: Sendable {
    /// Runs at the same time (`MAX_CONCURRENT_EXECUTIONS`).
    public var capacity = 10
    /// Seconds a lease lasts without renewal (`EXECUTION_LEASE_SECONDS`).
    public var leaseSeconds = 30
    /// How often an execution is tried when its executor dies.
    public var maximumAttempts: Int64 = 3
    /// How long a drain waits for runs before they are handed over (`SHUTDOWN_GRACE_SECONDS`).
    public var grace: Duration = .seconds(60)
    /// Bound of the compile step (`MAX_COMPILE_TIME`).
    public var compileLimit: Duration = .seconds(60)
    /// `MAX_MEMORY_MB`, for the message of a run that exceeded it.
    public var memoryMiB = 512
    /// `MAX_FILE_SIZE_MB` in bytes.
    public var maximumFileBytes: Int64 = 150 << 20
    /// `MAX_OUTPUT_FILES`.
    public var maximumOutputFiles = 50
    /// `MAX_TOTAL_FILE_SIZE_MB` in bytes.
    public var maximumSessionBytes: Int64 = 2048 << 20
    /// Bytes of each stream that are recorded while a run is watched; all of it is with its end.
    public var maximumStreamedBytes = 4 * 65_536
    /// `MAX_FILES_PER_SESSION`.
    public var maximumSessionNames: Int64 = 1000
    /// `PTC_MAX_TOOL_CALLS`.
    public var maximumToolCalls = 200
    /// `PTC_MAX_ROUND_TRIPS`.
    public var maximumToolRounds = 50
    /// `PTC_TTL_SECONDS`: how long an execution may wait for the results of a round.
    public var toolWaitSeconds = 86400
    /// `PTC_PAUSE_SECONDS`: how long its sandbox is kept meanwhile; afterwards the run is repeated.
    public var toolPauseSeconds = 120

    var toolLimits: ToolLimits { ToolLimits(calls: maximumToolCalls, rounds: maximumToolRounds) }

    /// `STATE_MAX_SIZE_MB` in bytes.
    public var maximumStateBytes = 50 << 20
    /// `STATE_CAPTURE_ON_ERROR`.
    public var capturesFailedState = false
    /// `STATE_TTL_SECONDS` and `STATE_ARCHIVE_TTL_DAYS`.
    public var stateLife = StateLife.standard

    public init() {}
}
