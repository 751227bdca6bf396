import Events

extension OpenAPI {
    private static let paging: [APIOperation.Parameter] = [
        .init(name: "limit", schema: Schema.integer, description: "Items of a page, 1 to 200; 50 unless told"),
        .init(name: "cursor", schema: Schema.string, description: "next_cursor of the page before"),
    ]
    private static let creation: [APIOperation.Parameter] = [
        .init(name: "end_user", schema: Schema.string, description: "Of this end user only"),
        .init(name: "created_after", schema: Schema.time, description: "Created after this time"),
        .init(name: "created_before", schema: Schema.time, description: "Created before this time"),
    ]

    /// Sessions, events and executions.
    static let ledger: [APIOperation] = [
        APIOperation(
            method: "get", path: "/sessions", prefix: .v1, tag: "ledger", summary: "Sessions, newest first",
            parameters: [
                .init(
                    name: "status", schema: Schema.words("active", "expired", "deleted", "erased"),
                    description: "In this status only"),
                .init(name: "entity_id", schema: Schema.string, description: "Of this entity id only"),
            ] + creation + paging,
            replies: [.json(200, "A page", page(Schema.reference("Session")))]),
        APIOperation(
            method: "get", path: "/sessions/{session_id}", prefix: .v1, tag: "ledger", summary: "One session",
            replies: [.json(200, "The session", Schema.reference("Session"))]),
        APIOperation(
            method: "get", path: "/sessions/{session_id}/events", prefix: .v1, tag: "ledger",
            summary: "Events of a session, oldest first",
            parameters: [
                .init(name: "after", schema: Schema.integer, description: "Only behind this position"),
                .init(
                    name: "limit", schema: Schema.integer, description: "Events of a page, 1 to 1000; 200 unless told"),
                .init(name: "type", schema: Schema.string, description: "Of this type only"),
            ],
            replies: [
                .json(
                    200, "A page",
                    Schema.object([
                        "data": Schema.array(Schema.reference("Event")), "next_after": Schema.nullable("integer"),
                    ]))
            ]),
        APIOperation(
            method: "get", path: "/executions", prefix: .v1, tag: "ledger", summary: "Executions, newest first",
            parameters: [
                .init(name: "session_id", schema: Schema.string, description: "In this session only"),
                .init(name: "execution_status", schema: Schema.string, description: "In this status only"),
                .init(name: "language", schema: Schema.string, description: "In this language only"),
            ] + creation + paging,
            replies: [.json(200, "A page", page(Schema.anything))]),
        APIOperation(
            method: "get", path: "/executions/{execution_id}", prefix: .v1, tag: "ledger", summary: "One execution",
            replies: [.json(200, "The execution", Schema.reference("Execution"))]),
        stream("stdout"), stream("stderr"),
        APIOperation(
            method: "post", path: "/executions/{execution_id}/cancel", prefix: .v1, tag: "ledger",
            summary: "Call a run off",
            replies: [
                .json(200, "It has ended: how", cancelled), .json(202, "It will be killed at once", cancelled),
            ]),
    ]

    private static let cancelled = Schema.object([
        "execution_id": Schema.string, "execution_status": Schema.nullable("string"),
    ])

    private static func stream(_ name: String) -> APIOperation {
        APIOperation(
            method: "get", path: "/executions/{execution_id}/\(name)", prefix: .v1, tag: "ledger",
            summary: "The kept bytes of \(name)",
            parameters: [
                .init(name: "Range", place: "header", schema: Schema.string, description: "One range of bytes")
            ],
            replies: [
                .init(status: 200, description: "All kept bytes", content: [JSONMember("text/plain", Schema.string)]),
                .init(status: 206, description: "The asked range", content: [JSONMember("text/plain", Schema.string)]),
            ])
    }

    private static func page(_ item: JSONValue) -> JSONValue {
        Schema.object(["data": Schema.array(item), "next_cursor": Schema.nullable("string")])
    }

    static let ledgerSchemas: [JSONMember] = [
        JSONMember(
            "Session",
            Schema.object([
                "session_id": Schema.string, "status": Schema.words("active", "expired", "deleted", "erased"),
                "kind": Schema.words("private", "shared"),
                "owner": Schema.object(["tenant": Schema.string, "principal": Schema.nullable("string")]),
                "end_user": Schema.nullable("string"), "entity_id": Schema.nullable("string"),
                "created_at": Schema.time, "last_activity_at": Schema.time, "expires_at": Schema.nullable("string"),
                "execution_count": Schema.integer, "file_count": Schema.integer, "total_file_bytes": Schema.integer,
                "state": Schema.object([
                    "exists": Schema.boolean, "size_bytes": Schema.nullable("integer"),
                    "hash": Schema.nullable("string"),
                ]),
                "forked_from": Schema.nullable("object"), "sequence": Schema.integer, "position": Schema.integer,
                "head_hash": Schema.string,
            ])),
        JSONMember(
            "Event",
            Schema.object([
                "v": Schema.integer, "position": Schema.integer, "session_id": Schema.string,
                "sequence": Schema.integer, "type": Schema.string, "time": Schema.time,
                "execution_id": Schema.nullable("string"), "prev_hash": Schema.string,
                "data_commitment": Schema.string, "hash": Schema.string, "erased": Schema.boolean,
                "data": Schema.nullable("object"),
            ])),
        JSONMember(
            "Execution",
            Schema.object([
                "execution_id": Schema.string, "session_id": Schema.string, "language": Schema.nullable("string"),
                "execution_status": Schema.nullable("string"), "exit_code": Schema.nullable("integer"),
                "created_at": Schema.time, "started_at": Schema.nullable("string"),
                "finished_at": Schema.nullable("string"), "duration_ms": Schema.nullable("integer"),
                "code": Schema.nullable("string"), "stdout": Schema.nullable("string"),
                "stderr": Schema.nullable("string"), "receipt": receipt, "erased": Schema.boolean,
            ])),
    ]
}
