import Events

extension OpenAPI {
    /// Code that calls tools of the client.
    static let tools: [APIOperation] = [
        APIOperation(
            method: "post", path: "/exec/programmatic", prefix: .both, tag: "runs",
            summary: "Run code that calls tools, or bring the results that it waits for",
            parameters: [
                .init(
                    name: "User-Id", place: "header", schema: Schema.headerText,
                    description: "End user, when the body has no user_id"),
                idempotencyKey,
            ],
            body: [
                JSONMember(
                    "application/json",
                    [
                        "oneOf": [
                            Schema.reference("ProgrammaticRequest"), Schema.reference("ProgrammaticContinuation"),
                        ]
                    ])
            ],
            replies: [
                .json(
                    200, "The code waits for tools, or it has ended",
                    ["oneOf": [Schema.reference("ToolCallReply"), Schema.reference("ProgrammaticResult")]])
            ])
    ]

    static let toolSchemas: [JSONMember] = [
        JSONMember(
            "ProgrammaticRequest",
            Schema.object(
                [
                    "code": Schema.string,
                    "tools": Schema.array(
                        Schema.object(
                            ["name": Schema.string, "description": Schema.string, "parameters": Schema.anything],
                            optional: ["description", "parameters"])),
                    "lang": Schema.words("py", "python", "bash"), "session_id": Schema.string,
                    "timeout": ["type": "number", "description": "Milliseconds of each round"],
                    "files": Schema.array(Schema.reference("FileReference")),
                    "user_id": ["type": ["string", "number"]], "entity_id": Schema.string,
                    "runtime_session_hint": Schema.string,
                ],
                optional: [
                    "lang", "session_id", "timeout", "files", "user_id", "entity_id", "runtime_session_hint",
                ])),
        JSONMember(
            "ProgrammaticContinuation",
            Schema.object([
                "continuation_token": Schema.string,
                "tool_results": Schema.array(
                    Schema.object(
                        [
                            "call_id": Schema.string, "result": Schema.anything, "is_error": Schema.boolean,
                            "error_message": Schema.string,
                        ],
                        optional: ["result", "is_error", "error_message"])),
            ])),
        JSONMember(
            "ToolCallReply",
            Schema.object([
                "status": Schema.words("tool_call_required"), "continuation_token": Schema.string,
                "tool_calls": Schema.array(
                    Schema.object(["id": Schema.string, "name": Schema.string, "input": Schema.anything])),
                "partial_stdout": Schema.string, "partial_stderr": Schema.string, "session_id": Schema.string,
                "execution_id": Schema.string,
            ])),
        JSONMember(
            "ProgrammaticResult",
            Schema.object(
                [
                    "status": Schema.words("completed", "error"), "error": Schema.string, "stdout": Schema.string,
                    "stderr": Schema.string, "files": Schema.array(Schema.reference("ResultFile")),
                    "session_id": Schema.string, "execution_id": Schema.string,
                    "exit_code": Schema.nullable("integer"), "receipt": Schema.nullable("object"),
                    "error_type": Schema.string,
                ],
                optional: ["error", "error_type"])),
    ]
}
