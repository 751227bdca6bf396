/// How an execution ended (CONTRACT 5.6).
public enum ExecutionStatus: String, Sendable {
    case completed, failed, timeout, cancelled, error
}

/// Why it ended (CONTRACT 5.6).
public enum TerminationReason: String, Sendable {
    case exited, signal
    case compileError = "compile_error"
    case timeLimit = "time_limit"
    case memoryLimit = "memory_limit"
    case cancelled
    case clientDisconnected = "client_disconnected"
    case infrastructure
}

/// One output stream: what the program produced and what of it was kept.
public struct StreamRecord: Sendable, Equatable {
    /// Digest of the kept bytes; the bytes are a blob of the session unless there are none.
    public var sha256: Digest32
    /// Bytes produced.
    public var totalBytes: Int64
    /// Bytes stored.
    public var keptBytes: Int64

    public init(sha256: Digest32, totalBytes: Int64, keptBytes: Int64) {
        self.sha256 = sha256
        self.totalBytes = totalBytes
        self.keptBytes = keptBytes
    }
}

/// A file that a run wrote, as its answer lists it.
public struct OutputFile: Sendable, Equatable {
    public var id: String
    public var name: String
    /// Bytes.
    public var size: Int64
    public var sha256: Digest32
    /// The mounted version it replaced.
    public var modifiedFrom: FileReference?
    /// True for a sticky file that was rewritten with identical bytes: reported with its existing id (C6).
    public var existing: Bool

    public init(
        id: String, name: String, size: Int64, sha256: Digest32, modifiedFrom: FileReference?, existing: Bool = false
    ) {
        self.id = id
        self.name = name
        self.size = size
        self.sha256 = sha256
        self.modifiedFrom = modifiedFrom
        self.existing = existing
    }

    var json: JSONValue {
        [
            "existing": .bool(existing), "id": .string(id), "modified_from": modifiedFrom?.json ?? .null,
            "name": .string(name), "sha256": .string(sha256.hex), "size": .int(size),
        ]
    }

    init(_ json: JSONValue) {
        self.init(
            id: json["id"]?.string ?? "", name: json["name"]?.string ?? "", size: json["size"]?.int ?? 0,
            sha256: json["sha256"]?.string.flatMap { [UInt8](hex: $0) } ?? [],
            modifiedFrom: FileReference(json["modified_from"]), existing: json["existing"]?.bool ?? false)
    }
}

/// A file that was found but not kept, and why.
public struct SkippedFile: Sendable, Equatable {
    public var name: String?
    public var size: Int64?
    /// `too_large`, `too_many`, `session_total` or `bad_name`.
    public var reason: String

    public init(name: String?, size: Int64?, reason: String) {
        self.name = name
        self.size = size
        self.reason = reason
    }

    /// As CONTRACT 5.6 shows it.
    public var json: JSONValue {
        ["name": .string(orNull: name), "reason": .string(reason), "size": .int(orNull: size)]
    }

    init(_ json: JSONValue) {
        self.init(name: json["name"]?.string, size: json["size"]?.int, reason: json["reason"]?.string ?? "")
    }
}

public struct ExecutionFinished: EventBody {
    public static let type = EventType.executionFinished
    public var status: ExecutionStatus
    public var reason: TerminationReason
    public var exitCode: Int64?
    /// E.g. `SIGSEGV`.
    public var signal: String?
    /// The line of CONTRACT 5.7 that the answer's stderr ends in; nil when there is none.
    public var message: String?
    public var stdout: StreamRecord
    public var stderr: StreamRecord
    public var startedAt: Timestamp?
    /// Milliseconds of running, without queueing and compiling.
    public var duration: Int64
    /// Milliseconds; nil when nothing was compiled.
    public var compile: Int64?
    /// Milliseconds of processor time; nil when unknown.
    public var cpu: Int64?
    /// Bytes; nil when unknown.
    public var memoryPeak: Int64?
    public var files: [OutputFile]
    public var skipped: [SkippedFile]
    /// Names of inputs that the program removed.
    public var removed: [String]
    /// Limits the program ran into without being ended by them, e.g. `pids`, `oom_kills`, `disk_full`.
    public var counters: [String: Int64]
    public var attempt: Int64
    public var executor: String
    /// `local` or `kubernetes`.
    public var executorKind: String
    public var sandboxSource: String
    public var toolchain: String?
    /// What became of the Python state; nil for runs without it.
    public var state: StateOutcome?

    public init(
        status: ExecutionStatus, reason: TerminationReason, exitCode: Int64?, signal: String?, message: String?,
        stdout: StreamRecord, stderr: StreamRecord, startedAt: Timestamp?, duration: Int64, compile: Int64?,
        cpu: Int64?, memoryPeak: Int64?, files: [OutputFile], skipped: [SkippedFile], removed: [String] = [],
        counters: [String: Int64], attempt: Int64, executor: String, executorKind: String, sandboxSource: String,
        toolchain: String?, state: StateOutcome? = nil
    ) {
        self.status = status
        self.reason = reason
        self.exitCode = exitCode
        self.signal = signal
        self.message = message
        self.stdout = stdout
        self.stderr = stderr
        self.startedAt = startedAt
        self.duration = duration
        self.compile = compile
        self.cpu = cpu
        self.memoryPeak = memoryPeak
        self.files = files
        self.skipped = skipped
        self.removed = removed
        self.counters = counters
        self.attempt = attempt
        self.executor = executor
        self.executorKind = executorKind
        self.sandboxSource = sandboxSource
        self.toolchain = toolchain
        self.state = state
    }

    public var json: JSONValue {
        [
            "attempt": .int(attempt), "compile_ms": .int(orNull: compile),
            "counters": .object(counters.sorted { $0.key < $1.key }.map { JSONMember($0.key, .int($0.value)) }),
            "cpu_ms": .int(orNull: cpu), "duration_ms": .int(duration), "executor": .string(executor),
            "executor_kind": .string(executorKind), "exit_code": .int(orNull: exitCode),
            "files": .array(files.map(\.json)), "files_skipped": .array(skipped.map(\.json)),
            "memory_peak_bytes": .int(orNull: memoryPeak), "message": .string(orNull: message),
            "reason": .string(reason.rawValue), "removed": .array(removed.map(JSONValue.string)),
            "sandbox_source": .string(sandboxSource), "signal": .string(orNull: signal),
            "started_at": .string(orNull: startedAt?.description), "state": state?.json ?? .null,
            "status": .string(status.rawValue), "stderr_kept": .int(stderr.keptBytes),
            "stderr_sha256": .string(stderr.sha256.hex), "stderr_total": .int(stderr.totalBytes),
            "stdout_kept": .int(stdout.keptBytes), "stdout_sha256": .string(stdout.sha256.hex),
            "stdout_total": .int(stdout.totalBytes), "toolchain": .string(orNull: toolchain),
        ]
    }

    public init(_ json: JSONValue) {
        func stream(_ name: String) -> StreamRecord {
            StreamRecord(
                sha256: json["\(name)_sha256"]?.string.flatMap { [UInt8](hex: $0) } ?? [],
                totalBytes: json["\(name)_total"]?.int ?? 0, keptBytes: json["\(name)_kept"]?.int ?? 0)
        }
        status = json["status"]?.string.flatMap(ExecutionStatus.init) ?? .error
        reason = json["reason"]?.string.flatMap(TerminationReason.init) ?? .infrastructure
        exitCode = json["exit_code"]?.int
        signal = json["signal"]?.string
        message = json["message"]?.string
        stdout = stream("stdout")
        stderr = stream("stderr")
        startedAt = json["started_at"]?.string.flatMap { Timestamp($0) }
        duration = json["duration_ms"]?.int ?? 0
        compile = json["compile_ms"]?.int
        cpu = json["cpu_ms"]?.int
        memoryPeak = json["memory_peak_bytes"]?.int
        files = json["files"]?.array?.map { OutputFile($0) } ?? []
        skipped = json["files_skipped"]?.array?.map { SkippedFile($0) } ?? []
        removed = json["removed"]?.array?.compactMap(\.string) ?? []
        counters = Dictionary(
            (json["counters"]?.members ?? []).compactMap { member in member.value.int.map { (member.name, $0) } },
            uniquingKeysWith: { $1 })
        attempt = json["attempt"]?.int ?? 1
        executor = json["executor"]?.string ?? ""
        executorKind = json["executor_kind"]?.string ?? "local"
        sandboxSource = json["sandbox_source"]?.string ?? "local"
        toolchain = json["toolchain"]?.string
        state = StateOutcome(json["state"])
    }
}

extension ExecutionFinished {
    /// The end of an execution whose program never ran, or ran without a result.
    ///
    /// - Parameters:
    ///   - message: the line that stderr ends in.
    ///   - attempt: 0 when no executor had it.
    ///   - executor: name of the executor that had it, or empty.
    public init(
        unrun status: ExecutionStatus, _ reason: TerminationReason, message: String, attempt: Int64 = 0,
        executor: String = ""
    ) {
        self.init(
            status: status, reason: reason, exitCode: nil, signal: nil, message: message, stdout: .empty,
            stderr: .empty, startedAt: nil, duration: 0, compile: nil, cpu: nil, memoryPeak: nil, files: [],
            skipped: [], counters: [:], attempt: attempt, executor: executor, executorKind: "local",
            sandboxSource: "local", toolchain: nil)
    }
}

extension StreamRecord {
    /// Nothing was printed.
    public static let empty = StreamRecord(sha256: EventHash.sha256([]), totalBytes: 0, keptBytes: 0)
}
