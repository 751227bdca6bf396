/// Where a session stands in its life (CONTRACT 10.1).
public enum SessionStatus: String, Sendable {
    case active, expired, deleted, erased
}

/// How a file version came into a session.
public enum FileOrigin: String, Sendable {
    case upload, output, link, fork
}

/// One live file version, or alias, of a session.
public struct SessionFile: Sendable, Equatable {
    public var content: FileContent
    /// The session that owns the bytes; another than the listing one for an alias.
    public var bucket: String
    public var origin: FileOrigin
    public var createdAt: Timestamp
    /// Position of the event that brought it: the order of lists.
    public var position: Int64
    /// The run that wrote it.
    public var execution: String?
    public var modifiedFrom: FileReference?
    public var resource: ResourceIdentity
    /// Whether its name currently means this version.
    public var isCurrent: Bool

    public init(
        content: FileContent, bucket: String, origin: FileOrigin, createdAt: Timestamp, position: Int64,
        execution: String?, modifiedFrom: FileReference?, resource: ResourceIdentity, isCurrent: Bool
    ) {
        self.content = content
        self.bucket = bucket
        self.origin = origin
        self.createdAt = createdAt
        self.position = position
        self.execution = execution
        self.modifiedFrom = modifiedFrom
        self.resource = resource
        self.isCurrent = isCurrent
    }

    public var id: String { content.id }
    public var name: String { content.name }
    public var reference: FileReference { FileReference(id: content.id, session: bucket) }
}

/// What a session's events add up to. The one fold of DESIGN 3.4: live decisions, the projector and a rebuild all
/// use `apply`.
public struct SessionState: Sendable, Equatable {
    public var id: String
    public var kind: SessionKind = .private
    public var status: SessionStatus = .active
    public var owner = Owner(tenant: "", principal: "")
    public var endUser: String?
    public var entityID: String?
    public var createdAt = Timestamp(milliseconds: 0)
    public var lastActivityAt = Timestamp(milliseconds: 0)
    /// Number of events so far; 0 means the session does not exist.
    public var version: Int64 = 0
    /// Position and hash of the newest event.
    public var position: Int64 = 0
    public var headHash = EventHash.genesis
    public var executionCount: Int64 = 0
    /// Live versions and aliases by file id. May hold only a part of them (see `SessionReader`): the fold never
    /// depends on a file that is not named by the event or current under its name.
    public var files: [String: SessionFile] = [:]
    /// Current names: mount path to file id.
    public var current: [String: String] = [:]

    /// When it expires unless it is used before; nil for never. Not folded: whoever read the session knows its last
    /// touch and how long sessions live.
    public var expiresAt: Timestamp?

    public init(id: String) { self.id = id }

    /// Exists and is neither expired, deleted nor erased.
    public var isLive: Bool { version > 0 && status == .active }

    /// Current files, by name.
    public var currentFiles: [SessionFile] {
        current.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.compactMap { files[$0.value] }
    }

    /// Bytes of all current files.
    public var currentBytes: Int64 { current.values.reduce(0) { $0 + (files[$1]?.content.size ?? 0) } }
}
