/// What came of one tool call (CONTRACT 9.3).
public struct ToolResult: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        case value(JSONValue)
        /// The text of the error that the code sees.
        case error(String)
    }

    public var callID: String
    public var outcome: Outcome

    public init(callID: String, outcome: Outcome) {
        self.callID = callID
        self.outcome = outcome
    }

    /// As the blob of a round holds it.
    public var json: JSONValue {
        switch outcome {
        case .value(let value): ["call_id": .string(callID), "is_error": false, "result": value]
        case .error(let text): ["call_id": .string(callID), "error_message": .string(text), "is_error": true]
        }
    }

    public init(_ json: JSONValue) {
        callID = json["call_id"]?.string ?? ""
        outcome =
            json["is_error"]?.bool == true
            ? .error(json["error_message"]?.string ?? "") : .value(json["result"] ?? .null)
    }

    /// The results that a blob holds; none when it is no array.
    public static func list(_ blob: [UInt8]) -> [ToolResult] {
        ((try? JSONParser.parse(blob))?.array ?? []).map { ToolResult($0) }
    }

    /// The blob of a round. Numbers stay as they were written: an integer beyond 2^53 is not rounded.
    public static func blob(_ results: [ToolResult]) -> [UInt8] {
        JSONWriter.compact(.array(results.map(\.json)))
    }
}
