import Events

/// The body that continues a programmatic run (CONTRACT 9.3), checked as far as it can be without the round.
struct ContinuationRequest {
    static let maximumResults = 200
    /// Bytes of one result, and of all of them.
    static let maximumResultBytes = 5 << 20
    static let maximumBytes = 40 << 20

    let token: ContinuationToken
    /// In the order of the request.
    let results: [ToolResult]

    /// Whether a body is meant to continue a run.
    static func isOne(_ body: JSONValue) -> Bool { body["continuation_token"].map { !$0.isNull } ?? false }

    /// - Throws: 400 or 413.
    init(_ body: JSONValue) throws {
        guard let token = body["continuation_token"]?.string.flatMap(ContinuationToken.init(parsing:)) else {
            throw APIError.invalid("Field 'continuation_token' is malformed", field: "continuation_token")
        }
        guard let items = body["tool_results"]?.array else {
            throw APIError.invalid("Field 'tool_results' is required and must be an array", field: "tool_results")
        }
        guard items.count <= Self.maximumResults else {
            throw APIError.invalid("More than \(Self.maximumResults) tool results", field: "tool_results")
        }
        self.token = token
        var total = 0
        results = try items.enumerated().map { index, item in
            guard let id = item["call_id"]?.string else {
                throw APIError.invalid("Tool result \(index) has no call_id", field: "tool_results[\(index)].call_id")
            }
            let size = JSONWriter.compact(item["result"] ?? .null).count
            guard size <= Self.maximumResultBytes else {
                throw APIError.tooLarge(
                    "The result of '\(id)' is larger than \(Self.maximumResultBytes) bytes",
                    field: "tool_results[\(index)].result")
            }
            total += size
            return ToolResult(callID: id, outcome: Self.outcome(item))
        }
        guard total <= Self.maximumBytes else {
            throw APIError.tooLarge(
                "The tool results are larger than \(Self.maximumBytes) bytes together", field: "tool_results")
        }
    }

    /// The results in the order of the round's calls.
    ///
    /// - Throws: 400 when they are not exactly one for each call.
    func ordered(for calls: [ToolCall]) throws -> [ToolResult] {
        var byID: [String: ToolResult] = [:]
        for (index, result) in results.enumerated() {
            let field = "tool_results[\(index)].call_id"
            guard calls.contains(where: { $0.id == result.callID }) else {
                throw APIError.invalid("Call '\(result.callID)' was not asked for in this round", field: field)
            }
            guard byID.updateValue(result, forKey: result.callID) == nil else {
                throw APIError.invalid("Call '\(result.callID)' is answered twice", field: field)
            }
        }
        return try calls.map { call in
            guard let result = byID[call.id] else {
                throw APIError.invalid("Call '\(call.id)' is not answered", field: "tool_results")
            }
            return result
        }
    }

    private static func outcome(_ item: JSONValue) -> ToolResult.Outcome {
        guard item["is_error"]?.bool == true else { return .value(item["result"] ?? .null) }
        return .error(item["error_message"]?.text ?? item["result"]?.text ?? "The tool call failed")
    }
}
