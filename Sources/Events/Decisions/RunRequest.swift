public import FoundationEssentials

/// A run that somebody asks for: validated, not yet decided. What CONTRACT 5.1 leaves after its tolerances.
public struct RunRequest: Sendable, Equatable {
    /// Language code of CONTRACT 6.
    public var language: String
    /// UTF-8.
    public var code: [UInt8]
    /// What the program gets as its arguments.
    public var arguments: [String]
    /// Milliseconds.
    public var timeout: Int64
    /// `session_id` of the request: a wish, not an order.
    public var sessionHint: String?
    /// `runtime_session_hint`.
    public var runtimeHint: String?
    /// Agent id.
    public var entityID: String?
    /// A label that separates sessions (CONTRACT 3.2).
    public var endUser: String?
    /// In the order of the request.
    public var files: [RequestedFile]
    /// Owner of what the run creates.
    public var owner: Owner
    /// Who asked, for the record.
    public var actor: Actor
    /// Whose files it may mount.
    public var readership: Readership
    /// What it may do besides running to its end.
    public var traits: ExecutionTraits
    /// Repeating a request with the same command appends nothing and finds the first one's run.
    public var command: UUID?

    /// A request that names no session unless told.
    public init(
        language: String, code: [UInt8], arguments: [String] = [], timeout: Int64, sessionHint: String? = nil,
        runtimeHint: String? = nil, entityID: String? = nil, endUser: String? = nil, files: [RequestedFile] = [],
        owner: Owner, actor: Actor, readership: Readership, traits: ExecutionTraits = ExecutionTraits(),
        command: UUID? = nil
    ) {
        self.language = language
        self.code = code
        self.arguments = arguments
        self.timeout = timeout
        self.sessionHint = sessionHint
        self.runtimeHint = runtimeHint
        self.entityID = entityID
        self.endUser = endUser
        self.files = files
        self.owner = owner
        self.actor = actor
        self.readership = readership
        self.traits = traits
        self.command = command
    }

    /// Whether nothing in it can refer to an existing session: such a run is decided without any read.
    public var isUnbound: Bool { sessionHint == nil && runtimeHint == nil && entityID == nil && files.isEmpty }

    /// What its runtime hint means to its owner and end user; nil when it has none.
    public var runtimeBinding: RuntimeBinding? {
        runtimeHint.map { RuntimeBinding(owner: owner, endUser: endUser, hint: $0) }
    }

    /// The sessions it names, each once, hint first.
    public var namedSessions: [String] {
        var seen: Set<String> = []
        return ([sessionHint] + files.map(\.bucket)).compactMap { $0 }
            .filter { Identifier.isWellFormed($0) && seen.insert($0).inserted }
    }

    /// The file ids it names, each once.
    public var namedFiles: [String] {
        var seen: Set<String> = []
        return files.compactMap(\.id).filter { Identifier.isWellFormed($0) && seen.insert($0).inserted }
    }
}

/// One item of `files` in a run's request, as the client wrote it (CONTRACT 5.3).
public struct RequestedFile: Sendable, Equatable {
    /// File id.
    public var id: String?
    /// Where it is to be mounted.
    public var name: String?
    /// `storage_session_id`, else `session_id`.
    public var bucket: String?
    /// What the item states about whose file it is.
    public var stated: ResourceIdentity
    /// Whether an unchanged file is echoed in the answer: the item carried `storage_session_id` (D2).
    public var isEchoed: Bool

    /// An item that states nothing unless told.
    public init(
        id: String?, name: String?, bucket: String?, stated: ResourceIdentity = ResourceIdentity(),
        isEchoed: Bool = false
    ) {
        self.id = id
        self.name = name
        self.bucket = bucket
        self.stated = stated
        self.isEchoed = isEchoed
    }
}
