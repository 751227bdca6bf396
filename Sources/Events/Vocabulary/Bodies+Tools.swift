/// One call that the code of a programmatic run waits for (CONTRACT 9.2).
public struct ToolCall: Sendable, Equatable {
    /// `call_001`, `call_002`, ... in call order over the whole execution.
    public var id: String
    /// The original name of the tool.
    public var name: String
    public var input: JSONValue

    public init(id: String, name: String, input: JSONValue) {
        self.id = id
        self.name = name
        self.input = input
    }

    /// As the API shows it.
    public var json: JSONValue { ["id": .string(id), "input": input, "name": .string(name)] }

    public init(_ json: JSONValue) {
        id = json["id"]?.string ?? ""
        name = json["name"]?.string ?? ""
        input = json["input"] ?? .null
    }
}

/// The code waits for tools: nothing of it runs until their results are recorded. While an execution waits, its queue
/// row cannot be claimed.
public struct ToolCallRequested: EventBody {
    public static let type = EventType.executionToolCallRequested
    /// 1 for the first.
    public var round: Int64
    /// The secret part of the round's continuation token.
    public var nonce: String
    public var calls: [ToolCall]

    public init(round: Int64, nonce: String, calls: [ToolCall]) {
        self.round = round
        self.nonce = nonce
        self.calls = calls
    }

    public var json: JSONValue {
        ["calls": .array(calls.map(\.json)), "nonce": .string(nonce), "round": .int(round)]
    }

    public init(_ json: JSONValue) {
        round = json["round"]?.int ?? 0
        nonce = json["nonce"]?.string ?? ""
        calls = json["calls"]?.array?.map { ToolCall($0) } ?? []
    }
}

/// The results of one round are in: whoever holds the execution goes on, else anyone may claim it.
public struct ToolResultsRecorded: EventBody {
    public static let type = EventType.executionToolResultsRecorded
    public var round: Int64
    /// Digest of the blob that holds the results, a canonical JSON array in the order of the round's calls.
    public var resultsSHA256: Digest32
    /// Bytes of that blob.
    public var resultsSize: Int64
    public var actor: Actor

    public init(round: Int64, resultsSHA256: Digest32, resultsSize: Int64, actor: Actor) {
        self.round = round
        self.resultsSHA256 = resultsSHA256
        self.resultsSize = resultsSize
        self.actor = actor
    }

    public var json: JSONValue {
        [
            "actor": actor.json, "results_sha256": .string(resultsSHA256.hex), "results_size": .int(resultsSize),
            "round": .int(round),
        ]
    }

    public init(_ json: JSONValue) {
        round = json["round"]?.int ?? 0
        resultsSHA256 = json["results_sha256"]?.string.flatMap { [UInt8](hex: $0) } ?? []
        resultsSize = json["results_size"]?.int ?? 0
        actor = Actor(json["actor"])
    }
}
