public import Events

/// Filters of `GET /v1/sessions`; nil filters nothing.
public struct SessionQuery: Sendable, Equatable {
    public var scope: OwnerScope
    public var status: SessionStatus?
    public var endUser: String?
    public var entityID: String?
    public var createdAfter: Timestamp?
    public var createdBefore: Timestamp?
    /// Only those whose first event stands before this position.
    public var before: Int64?
    public var limit: Int

    public init(scope: OwnerScope, limit: Int) {
        self.scope = scope
        self.limit = limit
    }
}

/// A session as lists show it (CONTRACT 10.1).
public struct SessionSummary: Sendable, Equatable {
    public var id: String
    public var kind: SessionKind
    public var status: SessionStatus
    public var owner: Owner
    public var endUser: String?
    public var entityID: String?
    public var createdAt: Timestamp
    public var lastActivityAt: Timestamp
    public var executionCount: Int64
    /// Current files.
    public var fileCount: Int64
    /// Bytes of the current files.
    public var fileBytes: Int64
    /// Number of events.
    public var version: Int64
    /// Position and hash of the newest event.
    public var position: Int64
    public var headHash: Digest32
    /// Position of the first event: the key of paging. Zero when not read for a list.
    public var firstPosition: Int64
    /// When it expires unless it is used before; nil for never.
    public var expiresAt: Timestamp?

    public init(
        id: String, kind: SessionKind, status: SessionStatus, owner: Owner, endUser: String?, entityID: String?,
        createdAt: Timestamp, lastActivityAt: Timestamp, executionCount: Int64, fileCount: Int64, fileBytes: Int64,
        version: Int64, position: Int64, headHash: Digest32, firstPosition: Int64,
        expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.kind = kind
        self.status = status
        self.owner = owner
        self.endUser = endUser
        self.entityID = entityID
        self.createdAt = createdAt
        self.lastActivityAt = lastActivityAt
        self.executionCount = executionCount
        self.fileCount = fileCount
        self.fileBytes = fileBytes
        self.version = version
        self.position = position
        self.headHash = headHash
        self.firstPosition = firstPosition
        self.expiresAt = expiresAt
    }

    /// The summary of a folded stream.
    public init(_ state: SessionState) {
        self.init(
            id: state.id, kind: state.kind, status: state.status, owner: state.owner, endUser: state.endUser,
            entityID: state.entityID, createdAt: state.createdAt, lastActivityAt: state.lastActivityAt,
            executionCount: state.executionCount, fileCount: Int64(state.current.count),
            fileBytes: state.currentBytes, version: state.version, position: state.position,
            headHash: state.headHash, firstPosition: 0, expiresAt: state.expiresAt)
    }
}
