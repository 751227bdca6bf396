/// The kinds of events (CONTRACT 10.2). Readers must accept types they do not know, so this is an open set.
public struct EventType: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    public static let sessionCreated = EventType(rawValue: "session.created")
    public static let sessionForked = EventType(rawValue: "session.forked")
    public static let sessionExpired = EventType(rawValue: "session.expired")
    public static let sessionDeleted = EventType(rawValue: "session.deleted")
    public static let sessionErased = EventType(rawValue: "session.erased")
    public static let sessionHeld = EventType(rawValue: "session.held")
    public static let sessionReleased = EventType(rawValue: "session.released")
    public static let fileUploaded = EventType(rawValue: "file.uploaded")
    public static let fileLinked = EventType(rawValue: "file.linked")
    public static let fileWritten = EventType(rawValue: "file.written")
    public static let fileDeleted = EventType(rawValue: "file.deleted")
    public static let executionRequested = EventType(rawValue: "execution.requested")
    public static let executionClaimed = EventType(rawValue: "execution.claimed")
    public static let executionStarted = EventType(rawValue: "execution.started")
    public static let executionOutput = EventType(rawValue: "execution.output")
    public static let executionToolCallRequested = EventType(rawValue: "execution.tool_call_requested")
    public static let executionToolResultsRecorded = EventType(rawValue: "execution.tool_results_recorded")
    public static let executionCancelRequested = EventType(rawValue: "execution.cancel_requested")
    public static let executionFinished = EventType(rawValue: "execution.finished")
    public static let stateSaved = EventType(rawValue: "state.saved")
    public static let stateUploaded = EventType(rawValue: "state.uploaded")
    public static let stateDeleted = EventType(rawValue: "state.deleted")
}

/// SHA-256 digests are 32 bytes everywhere in the log, hexadecimal only at the edges.
public typealias Digest32 = [UInt8]

/// One entry of the log, as it was committed.
public struct Event: Sendable, Equatable {
    /// Version of the envelope's form.
    public static let formatVersion = 1

    /// Global, dense, in commit order: 1, 2, 3 ...
    public var position: Int64
    public var session: String
    /// Dense inside the session: 1, 2, 3 ... (`sequence` in the API).
    public var version: Int64
    public var type: EventType
    public var time: Timestamp
    public var execution: String?
    /// JCS text of the body; nil after erasure.
    public var data: String?
    /// 32 random bytes; nil after erasure.
    public var salt: [UInt8]?
    public var dataCommitment: Digest32
    public var previousHash: Digest32
    public var hash: Digest32

    public init(
        position: Int64, session: String, version: Int64, type: EventType, time: Timestamp, execution: String?,
        data: String?, salt: [UInt8]?, dataCommitment: Digest32, previousHash: Digest32, hash: Digest32
    ) {
        self.position = position
        self.session = session
        self.version = version
        self.type = type
        self.time = time
        self.execution = execution
        self.data = data
        self.salt = salt
        self.dataCommitment = dataCommitment
        self.previousHash = previousHash
        self.hash = hash
    }

    /// The body as JSON; `null` after erasure or when the stored text is not JSON (the verifier reports that).
    public var body: JSONValue {
        guard let data, let value = try? JSONParser.parse(data) else { return .null }
        return value
    }

    /// The event as the API shows it (CONTRACT 10.2).
    public var json: JSONValue {
        [
            "v": .int(Self.formatVersion), "position": .int(position), "session_id": .string(session),
            "sequence": .int(version), "type": .string(type.rawValue), "time": .string(time.description),
            "execution_id": .string(orNull: execution), "prev_hash": .string(previousHash.hex),
            "data_commitment": .string(dataCommitment.hex), "hash": .string(hash.hex),
            "erased": .bool(data == nil), "data": body,
        ]
    }
}

/// An event that is not in the log yet.
public struct NewEvent: Sendable, Equatable {
    public var type: EventType
    public var execution: String?
    /// JCS text of the body.
    public var data: String
    /// 32 random bytes that keep short bodies from being guessed from their commitment.
    public var salt: [UInt8]

    /// - Parameter salt: 32 bytes; random unless a test fixes them.
    public init(_ type: EventType, execution: String? = nil, body: JSONValue, salt: [UInt8] = NewEvent.randomSalt()) {
        self.type = type
        self.execution = execution
        self.data = String(decoding: JSONWriter.canonical(body), as: UTF8.self)
        self.salt = salt
    }

    /// 32 bytes from the system's generator.
    public static func randomSalt() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var salt: [UInt8] = []
        salt.reserveCapacity(32)
        for _ in 0..<4 { withUnsafeBytes(of: generator.next()) { salt.append(contentsOf: $0) } }
        return salt
    }
}
