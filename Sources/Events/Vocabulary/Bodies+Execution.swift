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

public struct ExecutionRequested: EventBody {
    public static let type = EventType.executionRequested
    /// Language code of CONTRACT 6.
    public var language: String
    /// The code itself is a blob of the session: it may be large and may hold NUL.
    public var codeSHA256: Digest32
    /// Bytes.
    public var codeSize: Int64
    public var arguments: [String]
    /// Milliseconds.
    public var timeout: Int64
    public var inputs: [ExecutionInput]
    public var missing: [MissingInput]
    public var endUser: String?
    public var entityID: String?
    public var owner: Owner
    public var actor: Actor
    /// Bytes of the session's current files that are not inputs' own, for the session total at collection.
    public var sessionBytes: Int64
    /// Current names of the session when it was admitted.
    public var sessionNames: Int64

    public init(
        language: String, codeSHA256: Digest32, codeSize: Int64, arguments: [String], timeout: Int64,
        inputs: [ExecutionInput], missing: [MissingInput], endUser: String?, entityID: String?, owner: Owner,
        actor: Actor, sessionBytes: Int64, sessionNames: Int64
    ) {
        self.language = language
        self.codeSHA256 = codeSHA256
        self.codeSize = codeSize
        self.arguments = arguments
        self.timeout = timeout
        self.inputs = inputs
        self.missing = missing
        self.endUser = endUser
        self.entityID = entityID
        self.owner = owner
        self.actor = actor
        self.sessionBytes = sessionBytes
        self.sessionNames = sessionNames
    }

    public var json: JSONValue {
        [
            "actor": actor.json, "args": .array(arguments.map(JSONValue.string)),
            "code_sha256": .string(codeSHA256.hex), "code_size": .int(codeSize),
            "end_user": .string(orNull: endUser), "entity_id": .string(orNull: entityID),
            "inputs": .array(inputs.map(\.json)), "inputs_missing": .array(missing.map(\.json)),
            "language": .string(language), "principal": .string(owner.principal),
            "programmatic": false, "session_bytes": .int(sessionBytes), "session_names": .int(sessionNames),
            "tenant": .string(owner.tenant), "timeout_ms": .int(timeout),
        ]
    }

    public init(_ json: JSONValue) {
        language = json["language"]?.string ?? ""
        codeSHA256 = json["code_sha256"]?.string.flatMap { [UInt8](hex: $0) } ?? []
        codeSize = json["code_size"]?.int ?? 0
        arguments = json["args"]?.array?.compactMap(\.string) ?? []
        timeout = json["timeout_ms"]?.int ?? 0
        inputs = json["inputs"]?.array?.map { ExecutionInput($0) } ?? []
        missing = json["inputs_missing"]?.array?.map { MissingInput($0) } ?? []
        endUser = json["end_user"]?.string
        entityID = json["entity_id"]?.string
        owner = Owner(tenant: json["tenant"]?.string ?? "", principal: json["principal"]?.string ?? "")
        actor = Actor(json["actor"])
        sessionBytes = json["session_bytes"]?.int ?? 0
        sessionNames = json["session_names"]?.int ?? 0
    }
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
