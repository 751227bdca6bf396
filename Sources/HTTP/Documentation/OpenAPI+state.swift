import Events

extension OpenAPI {
    /// The Python state of a session.
    static let state: [APIOperation] = [
        APIOperation(
            method: "get", path: "/state/{session_id}", prefix: .both, tag: "state",
            summary: "The Python state of a session",
            parameters: [
                .init(
                    name: "If-None-Match", place: "header", schema: Schema.string,
                    description: "Digest of the state the client has")
            ],
            replies: [
                .init(
                    status: 200, description: "A version byte and a pickle",
                    content: [JSONMember("application/octet-stream", Schema.binary)]),
                .init(status: 304, description: "The client has it"),
            ]),
        APIOperation(
            method: "post", path: "/state/{session_id}", prefix: .both, tag: "state",
            summary: "Replace the Python state of a session, or begin one with it",
            body: [JSONMember("application/octet-stream", Schema.binary)],
            replies: [
                .json(201, "Stored", Schema.object(["message": Schema.string, "size": Schema.integer]))
            ]),
        APIOperation(
            method: "delete", path: "/state/{session_id}", prefix: .both, tag: "state",
            summary: "Let the session begin clean again", replies: [.init(status: 204, description: "There is none now")]
        ),
        APIOperation(
            method: "get", path: "/state/{session_id}/info", prefix: .both, tag: "state",
            summary: "Whether a session has a Python state",
            replies: [
                .json(
                    200, "What there is",
                    Schema.object([
                        "exists": Schema.boolean, "session_id": Schema.string,
                        "size_bytes": Schema.nullable("integer"), "hash": Schema.nullable("string"),
                        "created_at": Schema.nullable("string"), "expires_at": Schema.nullable("string"),
                        "source": Schema.nullable("string"),
                    ]))
            ]),
    ]
}
