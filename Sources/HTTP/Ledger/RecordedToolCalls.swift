import Events

/// The tool calls of an execution with what came of them (CONTRACT 10.4).
struct RecordedToolCalls {
    private var calls: [ToolCall] = []
    private var results: [String: ToolResult] = [:]

    /// - Parameter events: all of one execution, oldest first.
    /// - Throws: when recorded results are missing.
    init(_ events: [Event], blobs: any BlobStore) async throws {
        for event in events where event.data != nil {
            switch event.type {
            case .executionToolCallRequested: calls += ToolCallRequested(event.body).calls
            case .executionToolResultsRecorded:
                let body = ToolResultsRecorded(event.body)
                let blob = try await blobs.bytes(session: event.session, sha256: body.resultsSHA256)
                for result in ToolResult.list(blob) { results[result.callID] = result }
            default: break
            }
        }
    }

    /// An error's text stands as its result; both are null while a call is not answered.
    var json: JSONValue {
        .array(
            calls.map { call in
                var members: [JSONMember] = [
                    JSONMember("id", .string(call.id)), JSONMember("name", .string(call.name)),
                    JSONMember("input", call.input),
                ]
                switch results[call.id]?.outcome {
                case .value(let value): members += [JSONMember("result", value), JSONMember("is_error", false)]
                case .error(let text): members += [JSONMember("result", .string(text)), JSONMember("is_error", true)]
                case nil: members += [JSONMember("result", nil), JSONMember("is_error", nil)]
                }
                return .object(members)
            })
    }
}
