public import FoundationEssentials

/// What version a session must have for an append to be taken.
public enum ExpectedVersion: Sendable, Equatable {
    case any
    /// The session must not exist yet.
    case none
    case exactly(Int64)

    /// -1 stands for any, as in KurrentDB.
    var wire: Int64 {
        switch self {
        case .any: -1
        case .none: 0
        case .exactly(let version): version
        }
    }
}

/// The right to speak for an execution: the claim its queue row must still carry.
public struct Fence: Sendable, Equatable {
    public var execution: String
    /// nil: nobody must hold it, as for ending what still waits in the queue.
    public var claim: UUID?

    public init(execution: String, claim: UUID?) {
        self.execution = execution
        self.claim = claim
    }
}

/// Who takes an execution in the very append that requests it.
public struct EagerClaim: Sendable, Equatable {
    public var claim: UUID
    public var executor: UUID

    public init(claim: UUID, executor: UUID) {
        self.claim = claim
        self.executor = executor
    }
}

/// A small blob (one part) to be stored in the transaction of an append.
public struct NewBlob: Sendable, Equatable {
    public var session: String
    public var sha256: Digest32
    public var bytes: [UInt8]

    public init(session: String, bytes: [UInt8]) {
        self.session = session
        self.sha256 = EventHash.sha256(bytes)
        self.bytes = bytes
    }
}

/// One decision on its way into the log: some events of one session, taken or refused as a whole.
public struct Append: Sendable {
    /// Repeating an append with the same command id changes nothing and returns the first outcome.
    public var command: UUID
    public var session: String
    public var expected: ExpectedVersion
    public var events: [NewEvent]
    /// Needed for `execution.claimed`, `.started`, `.output` and `.finished`.
    public var fence: Fence?
    /// Owner key for fair queueing; needed with `execution.requested`.
    public var queueOwner: String?
    /// With `execution.requested`: this executor has taken it already.
    public var eagerClaim: EagerClaim?
    /// With `execution.requested`: it takes turns with the other serial executions of its session.
    public var isSerial: Bool
    public var blobs: [NewBlob]
    /// Contents streamed before (`BlobStore.write`) that become blobs of a session in this transaction.
    public var contents: [StoredContent]

    public init(
        session: String, expected: ExpectedVersion, events: [NewEvent], fence: Fence? = nil,
        queueOwner: String? = nil, eagerClaim: EagerClaim? = nil, isSerial: Bool = false, blobs: [NewBlob] = [],
        contents: [StoredContent] = [], command: UUID = Identifier.timeOrdered()
    ) {
        self.command = command
        self.session = session
        self.expected = expected
        self.events = events
        self.fence = fence
        self.queueOwner = queueOwner
        self.eagerClaim = eagerClaim
        self.isSerial = isSerial
        self.blobs = blobs
        self.contents = contents
    }

    /// Bytes this adds to a batch, roughly.
    var weight: Int {
        events.reduce(0) { $0 + $1.data.utf8.count + 256 } + blobs.reduce(0) { $0 + $1.bytes.count }
    }
}

/// The log's verdict on an append. A refusal is a value, not an error: one loser never harms its batch.
public enum AppendOutcome: Sendable, Equatable {
    /// Durable. `events` are as committed.
    case ok(events: [Event])
    /// The command had been taken before; `events` are those of the first time, perhaps of another session than the
    /// repeated append named.
    case duplicate(events: [Event])
    /// The session is not at the expected version but at `version`.
    case conflict(version: Int64)
    /// The execution's claim is not the caller's (any more): its result must be dropped.
    case fenced
    /// A legal hold forbids it.
    case held
    /// A serial execution cannot be claimed with its request, because an earlier one of the session is live: append
    /// it again without the claim, and it waits its turn in the queue.
    case busy

    /// The committed events of `ok` and `duplicate`, else nil.
    public var committed: [Event]? {
        switch self {
        case .ok(let events), .duplicate(let events): events
        default: nil
        }
    }
}
