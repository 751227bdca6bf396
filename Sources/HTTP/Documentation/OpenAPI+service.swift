import Events

extension OpenAPI {
    /// Health and this document.
    static let service: [APIOperation] = [
        APIOperation(
            method: "get", path: "/health", prefix: .both, tag: "service", summary: "Whether the process lives",
            isOpen: true,
            replies: [.json(200, "It does", Schema.object(["status": Schema.string, "version": Schema.string]))]),
        APIOperation(
            method: "get", path: "/ready", prefix: .both, tag: "service", summary: "Whether requests can be served",
            isOpen: true,
            replies: [.json(200, "Yes", readiness), .json(503, "No", readiness)]),
        APIOperation(
            method: "get", path: "/openapi.json", prefix: .root, tag: "service", summary: "This document", isOpen: true,
            replies: [.json(200, "OpenAPI 3.1", Schema.anything)]),
    ]

    private static let readiness = Schema.object([
        "status": Schema.words("ready", "not_ready"),
        "checks": ["type": "object", "additionalProperties": Schema.string],
    ])

    /// All schemas by name.
    static let schemas: [JSONMember] =
        runSchemas + toolSchemas + fileSchemas + ledgerSchemas + administrationSchemas + [
            JSONMember(
                "Error",
                Schema.object(
                    [
                        "error": Schema.string, "error_type": Schema.string, "message": Schema.string,
                        "details": [
                            "type": ["array", "null"],
                            "items": Schema.object(
                                ["field": Schema.string, "message": Schema.string, "code": Schema.string],
                                optional: ["field", "code"]),
                        ],
                        "request_id": Schema.string, "timestamp": Schema.time,
                        "retry_after_seconds": Schema.integer,
                    ], optional: ["message", "retry_after_seconds"]))
        ]
}
