import Events

extension OpenAPI {
    /// Running code, and what can be run.
    static let runs: [APIOperation] = [
        APIOperation(
            method: "post", path: "/exec", prefix: .both, tag: "runs", summary: "Run code and wait for its result",
            parameters: [
                .init(
                    name: "User-Id", place: "header", schema: Schema.headerText,
                    description: "End user, when the body has no user_id"),
                .init(
                    name: "X-CodeAPI-Expected-Profile", place: "header", schema: Schema.words("default", "stateful"),
                    description: "Echoed as X-CodeAPI-Execution-Profile"),
                idempotencyKey,
                .init(
                    name: "Accept", place: "header", schema: Schema.string,
                    description: "With text/event-stream the answer is sent while the run goes on"),
            ],
            body: [JSONMember("application/json", Schema.reference("ExecRequest"))],
            replies: [
                .init(
                    status: 200,
                    description: "The program ran, whatever came of it. After some seconds spaces are sent before the "
                        + "JSON, and then neither X-Execution-Id nor X-Session-Id. As events: start, stdout, stderr, "
                        + "and last result or error",
                    content: [
                        JSONMember("application/json", Schema.reference("ExecResult")),
                        JSONMember("text/event-stream", Schema.string),
                    ])
            ]),
        APIOperation(
            method: "get", path: "/languages", prefix: .v1, tag: "runs", summary: "All languages and their toolchains",
            replies: [
                .json(
                    200, "All thirteen", Schema.object(["languages": Schema.array(Schema.reference("Language"))]))
            ]),
    ]

    /// Of every route that takes one.
    static let idempotencyKey = APIOperation.Parameter(
        name: "Idempotency-Key", place: "header", schema: ["type": "string", "pattern": "^[!-~]{1,255}$"],
        description: "A repeated request with the same key and body gets the first one's answer, with "
            + "Idempotency-Replayed: true")

    static let runSchemas: [JSONMember] = [
        JSONMember(
            "ExecRequest",
            Schema.object(
                [
                    "lang": Schema.string, "code": Schema.string, "args": Schema.anything,
                    "files": Schema.array(Schema.reference("FileReference")), "session_id": Schema.string,
                    "entity_id": Schema.string, "user_id": ["type": ["string", "number"]],
                    "timeout": ["type": "number", "description": "Milliseconds"],
                    "runtime_session_hint": Schema.string,
                ],
                optional: [
                    "args", "files", "session_id", "entity_id", "user_id", "timeout", "runtime_session_hint",
                ])),
        JSONMember(
            "FileReference",
            Schema.object(
                [
                    "id": Schema.string, "name": Schema.string, "storage_session_id": Schema.string,
                    "session_id": Schema.string, "kind": Schema.words("user", "agent", "skill"),
                    "resource_id": Schema.string, "version": ["type": ["string", "number"]],
                    "entity_id": Schema.string,
                ],
                optional: [
                    "id", "name", "storage_session_id", "session_id", "kind", "resource_id", "version", "entity_id",
                ])),
        JSONMember(
            "ExecResult",
            Schema.object(
                [
                    "session_id": Schema.string, "stdout": Schema.string, "stderr": Schema.string,
                    "files": Schema.array(Schema.reference("ResultFile")), "has_state": Schema.boolean,
                    "state_size": Schema.nullable("integer"), "state_hash": Schema.nullable("string"),
                    "code": Schema.nullable("integer"), "signal": Schema.nullable("string"),
                    "message": Schema.nullable("string"), "status": ["enum": ["OL", nil]],
                    "wall_time": Schema.integer, "execution_id": Schema.string,
                    "execution_status": Schema.words("completed", "failed", "timeout", "cancelled", "error"),
                    "termination_reason": Schema.string, "exit_code": Schema.nullable("integer"),
                    "duration_ms": Schema.integer, "language": Schema.string,
                    "truncation": Schema.object(["stdout": truncated, "stderr": truncated]),
                    "inputs_missing": Schema.array(missingInput), "files_skipped": Schema.array(skippedFile),
                    "state_errors": Schema.array(Schema.anything), "receipt": receipt, "error": Schema.string,
                    "error_type": Schema.string,
                ],
                optional: ["error", "error_type"])),
        JSONMember(
            "ResultFile",
            Schema.object(
                [
                    "id": Schema.string, "name": Schema.string, "session_id": Schema.string,
                    "storage_session_id": Schema.string, "path": Schema.nullable("string"), "size": Schema.integer,
                    "inherited": Schema.boolean,
                    "modified_from": Schema.object(["id": Schema.string, "storage_session_id": Schema.string]),
                ],
                optional: ["path", "size", "inherited", "modified_from"])),
        JSONMember(
            "Language",
            Schema.object([
                "code": Schema.string, "name": Schema.string, "aliases": Schema.array(Schema.string),
                "available": Schema.boolean, "version": Schema.nullable("string"), "state": Schema.boolean,
                "programmatic": Schema.boolean, "pool": Schema.nullable("object"),
            ])),
    ]

    static let truncated = Schema.object([
        "truncated": Schema.boolean, "total_bytes": Schema.integer, "kept_bytes": Schema.integer,
    ])
    static let receipt: JSONValue = [
        "type": ["object", "null"],
        "properties": ["position": Schema.integer, "event_hash": Schema.string],
    ]
    static let missingInput = Schema.object(["id": Schema.nullable("string"), "name": Schema.nullable("string")])
    static let skippedFile = Schema.object([
        "name": Schema.nullable("string"), "size": Schema.nullable("integer"), "reason": Schema.string,
    ])
}
