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
    /// Inputs that gave way to others (C20).
    public var skipped: [SkippedFile]
    public var endUser: String?
    public var entityID: String?
    public var owner: Owner
    public var actor: Actor
    /// Bytes of the session's current files that are not inputs' own, for the session total at collection.
    public var sessionBytes: Int64
    /// Current names of the session when it was admitted.
    public var sessionNames: Int64
    /// What it may do besides running to its end.
    public var traits: ExecutionTraits
    /// Set when a runtime hint chose the session.
    public var runtime: RuntimeStatus?

    public init(
        language: String, codeSHA256: Digest32, codeSize: Int64, arguments: [String], timeout: Int64,
        inputs: [ExecutionInput], missing: [MissingInput], skipped: [SkippedFile] = [], endUser: String?,
        entityID: String?, owner: Owner, actor: Actor, sessionBytes: Int64, sessionNames: Int64,
        traits: ExecutionTraits = ExecutionTraits(), runtime: RuntimeStatus? = nil
    ) {
        self.language = language
        self.codeSHA256 = codeSHA256
        self.codeSize = codeSize
        self.arguments = arguments
        self.timeout = timeout
        self.inputs = inputs
        self.missing = missing
        self.skipped = skipped
        self.endUser = endUser
        self.entityID = entityID
        self.owner = owner
        self.actor = actor
        self.sessionBytes = sessionBytes
        self.sessionNames = sessionNames
        self.traits = traits
        self.runtime = runtime
    }

    public var json: JSONValue {
        .object(
            [
                JSONMember("actor", actor.json), JSONMember("args", .array(arguments.map(JSONValue.string))),
                JSONMember("code_sha256", .string(codeSHA256.hex)), JSONMember("code_size", .int(codeSize)),
                JSONMember("end_user", .string(orNull: endUser)), JSONMember("entity_id", .string(orNull: entityID)),
                JSONMember("inputs", .array(inputs.map(\.json))),
                JSONMember("inputs_missing", .array(missing.map(\.json))),
                JSONMember("inputs_skipped", .array(skipped.map(\.json))),
                JSONMember("language", .string(language)), JSONMember("principal", .string(owner.principal)),
                JSONMember("runtime_status", .string(orNull: runtime?.rawValue)),
                JSONMember("session_bytes", .int(sessionBytes)), JSONMember("session_names", .int(sessionNames)),
                JSONMember("tenant", .string(owner.tenant)), JSONMember("timeout_ms", .int(timeout)),
            ] + traits.members)
    }

    public init(_ json: JSONValue) {
        language = json["language"]?.string ?? ""
        codeSHA256 = json["code_sha256"]?.string.flatMap { [UInt8](hex: $0) } ?? []
        codeSize = json["code_size"]?.int ?? 0
        arguments = json["args"]?.array?.compactMap(\.string) ?? []
        timeout = json["timeout_ms"]?.int ?? 0
        inputs = json["inputs"]?.array?.map { ExecutionInput($0) } ?? []
        missing = json["inputs_missing"]?.array?.map { MissingInput($0) } ?? []
        skipped = json["inputs_skipped"]?.array?.map { SkippedFile($0) } ?? []
        endUser = json["end_user"]?.string
        entityID = json["entity_id"]?.string
        owner = Owner(tenant: json["tenant"]?.string ?? "", principal: json["principal"]?.string ?? "")
        actor = Actor(json["actor"])
        sessionBytes = json["session_bytes"]?.int ?? 0
        sessionNames = json["session_names"]?.int ?? 0
        traits = ExecutionTraits(json)
        runtime = json["runtime_status"]?.string.flatMap(RuntimeStatus.init)
    }
}

/// What an execution may do besides running to its end; all of it off unless a route asks for it.
public struct ExecutionTraits: Sendable, Equatable {
    /// Restores the session's Python state before the run and saves it after (CONTRACT 8). At most one such run of a
    /// session is held by an executor at a time, first come first served.
    public var keepsState: Bool
    /// Records its output while it runs, as `execution.output` events, for whoever waits for it (CONTRACT 5.11).
    public var streamsOutput: Bool
    /// What its code may call; nil: it is no programmatic run (CONTRACT 9).
    public var tools: [ToolDefinition]?
    /// The client's `Idempotency-Key` (CONTRACT 4.3), and the digest of the body that came with it.
    public var idempotencyKey: String?
    public var requestSHA256: Digest32?

    public init(
        keepsState: Bool = false, streamsOutput: Bool = false, tools: [ToolDefinition]? = nil,
        idempotencyKey: String? = nil, requestSHA256: Digest32? = nil
    ) {
        self.keepsState = keepsState
        self.streamsOutput = streamsOutput
        self.tools = tools
        self.idempotencyKey = idempotencyKey
        self.requestSHA256 = requestSHA256
    }

    public var isProgrammatic: Bool { tools != nil }

    var members: [JSONMember] {
        // The digest names no blob, so it must not be called after one (CONTRACT 10.7, C9).
        [
            JSONMember("idempotency_key", .string(orNull: idempotencyKey)),
            JSONMember("keeps_state", .bool(keepsState)), JSONMember("programmatic", .bool(isProgrammatic)),
            JSONMember("request_digest", .string(orNull: requestSHA256?.hex)),
            JSONMember("streams_output", .bool(streamsOutput)),
            JSONMember("tools", tools.map { .array($0.map(\.json)) } ?? .null),
        ]
    }

    init(_ json: JSONValue) {
        keepsState = json["keeps_state"]?.bool ?? false
        streamsOutput = json["streams_output"]?.bool ?? false
        tools = json["tools"]?.array?.map { ToolDefinition($0) }
        idempotencyKey = json["idempotency_key"]?.string
        requestSHA256 = json["request_digest"]?.string.flatMap { [UInt8](hex: $0) }
    }
}

/// A tool that the code of a programmatic run may call (CONTRACT 9.1).
public struct ToolDefinition: Sendable, Equatable {
    /// As the client wrote it.
    public var name: String
    /// JSON Schema of the arguments, or null.
    public var parameters: JSONValue

    public init(name: String, parameters: JSONValue) {
        self.name = name
        self.parameters = parameters
    }

    var json: JSONValue { ["name": .string(name), "parameters": parameters] }

    init(_ json: JSONValue) {
        name = json["name"]?.string ?? ""
        parameters = json["parameters"] ?? .null
    }
}
