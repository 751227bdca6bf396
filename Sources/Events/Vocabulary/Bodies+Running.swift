import FoundationEssentials

/// A piece of output, recorded while the program runs because somebody watches (CONTRACT 5.11). The whole kept stream
/// is a blob of `execution.finished`, as always.
public struct ExecutionOutput: EventBody {
    public static let type = EventType.executionOutput
    /// `stdout` or `stderr`.
    public var stream: String
    /// Place of the first byte in its stream.
    public var offset: Int64
    /// Raw: a piece may end inside a character.
    public var bytes: [UInt8]

    public init(stream: String, offset: Int64, bytes: [UInt8]) {
        self.stream = stream
        self.offset = offset
        self.bytes = bytes
    }

    public var json: JSONValue {
        [
            "bytes": .string(Data(bytes).base64EncodedString()), "offset": .int(offset), "stream": .string(stream),
        ]
    }

    public init(_ json: JSONValue) {
        stream = json["stream"]?.string ?? ""
        offset = json["offset"]?.int ?? 0
        bytes = json["bytes"]?.string.flatMap { Data(base64Encoded: $0) }.map(Array.init) ?? []
    }
}

/// Somebody wants an execution to end. Whoever holds it kills it; if nobody does, the next claim ends it unrun.
public struct ExecutionCancelRequested: EventBody {
    public static let type = EventType.executionCancelRequested
    /// `cancelled` (asked for by call) or `clientDisconnected`.
    public var reason: TerminationReason
    public var actor: Actor

    public init(reason: TerminationReason, actor: Actor) {
        self.reason = reason
        self.actor = actor
    }

    public var json: JSONValue { ["actor": actor.json, "reason": .string(reason.rawValue)] }

    public init(_ json: JSONValue) {
        reason = json["reason"]?.string.flatMap(TerminationReason.init) ?? .cancelled
        actor = Actor(json["actor"])
    }
}
