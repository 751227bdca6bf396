public import FoundationEssentials

/// One file that a run gets to see, resolved when the run was admitted.
public struct ExecutionInput: Sendable, Equatable {
    public var file: FileReference
    /// Mount path below `/mnt/data`.
    public var name: String
    public var size: Int64
    public var sha256: Digest32
    public var readOnly: Bool
    /// True when the request named it; false for a sticky file.
    public var requested: Bool
    /// True when an unchanged input is echoed in the answer (CONTRACT 2, D2).
    public var echoed: Bool
    /// The bucket as the client wrote it, for the echo; equals `file.session` unless it came by an alias.
    public var bucket: String

    public init(
        file: FileReference, name: String, size: Int64, sha256: Digest32, readOnly: Bool, requested: Bool,
        echoed: Bool, bucket: String
    ) {
        self.file = file
        self.name = name
        self.size = size
        self.sha256 = sha256
        self.readOnly = readOnly
        self.requested = requested
        self.echoed = echoed
        self.bucket = bucket
    }

    var json: JSONValue {
        [
            "bucket": .string(bucket), "echoed": .bool(echoed), "id": .string(file.id), "name": .string(name),
            "read_only": .bool(readOnly), "requested": .bool(requested), "sha256": .string(sha256.hex),
            "size": .int(size), "storage_session_id": .string(file.session),
        ]
    }

    init(_ json: JSONValue) {
        let session = json["storage_session_id"]?.string ?? ""
        file = FileReference(id: json["id"]?.string ?? "", session: session)
        name = json["name"]?.string ?? ""
        size = json["size"]?.int ?? 0
        sha256 = json["sha256"]?.string.flatMap { [UInt8](hex: $0) } ?? []
        readOnly = json["read_only"]?.bool ?? false
        requested = json["requested"]?.bool ?? false
        echoed = json["echoed"]?.bool ?? false
        bucket = json["bucket"]?.string ?? session
    }
}

/// An input that was not mounted, as the client named it.
public struct MissingInput: Sendable, Equatable {
    public var id: String?
    public var name: String?

    public init(id: String?, name: String?) {
        self.id = id
        self.name = name
    }

    /// As CONTRACT 5.6 shows it.
    public var json: JSONValue { ["id": .string(orNull: id), "name": .string(orNull: name)] }

    init(_ json: JSONValue) { self.init(id: json["id"]?.string, name: json["name"]?.string) }
}

public struct ExecutionClaimed: EventBody {
    public static let type = EventType.executionClaimed
    /// Id and name of the executor that took it.
    public var executor: String
    public var executorName: String
    /// The fencing token: finishing is refused to anyone who does not hold it.
    public var claim: String
    /// 1 for the first try.
    public var attempt: Int64

    public init(executor: String, executorName: String, claim: String, attempt: Int64) {
        self.executor = executor
        self.executorName = executorName
        self.claim = claim
        self.attempt = attempt
    }

    /// As the queue knows the executor and its claim.
    public init(executor: UUID, executorName: String, claim: UUID, attempt: Int64) {
        self.init(
            executor: executor.uuidString.lowercased(), executorName: executorName,
            claim: claim.uuidString.lowercased(), attempt: attempt)
    }

    public var json: JSONValue {
        [
            "attempt": .int(attempt), "claim": .string(claim), "executor": .string(executor),
            "executor_name": .string(executorName),
        ]
    }

    public init(_ json: JSONValue) {
        executor = json["executor"]?.string ?? ""
        executorName = json["executor_name"]?.string ?? ""
        claim = json["claim"]?.string ?? ""
        attempt = json["attempt"]?.int ?? 1
    }
}

public struct ExecutionStarted: EventBody {
    public static let type = EventType.executionStarted
    /// When the program got its code.
    public var startedAt: Timestamp
    /// `pool_hit`, `pool_miss`, `job` or `local`.
    public var sandboxSource: String
    public var attempt: Int64

    public init(startedAt: Timestamp, sandboxSource: String, attempt: Int64) {
        self.startedAt = startedAt
        self.sandboxSource = sandboxSource
        self.attempt = attempt
    }

    public var json: JSONValue {
        [
            "attempt": .int(attempt), "sandbox_source": .string(sandboxSource),
            "started_at": .string(startedAt.description),
        ]
    }

    public init(_ json: JSONValue) {
        startedAt = json["started_at"]?.string.flatMap { Timestamp($0) } ?? Timestamp(milliseconds: 0)
        sandboxSource = json["sandbox_source"]?.string ?? "local"
        attempt = json["attempt"]?.int ?? 1
    }
}
