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
            method: "get", path: "/health/detailed", prefix: .both, tag: "service",
            summary: "How every part of the server is", parameters: [usesCache],
            replies: [.json(200, "None is unhealthy", detailed), .json(503, "At least one is", detailed)]),
        part("/health/postgres", "How the database is"), part("/health/blobs", "How the store of contents is"),
        part("/health/executor", "How the executor is"),
        part("/health/kubernetes", "How the executor is, when it is Kubernetes; else unknown"),
        part("/health/minio", "How the store of contents is, when it is S3; else unknown"),
        APIOperation(
            method: "get", path: "/status", prefix: .both, tag: "service", summary: "Parts, totals and main settings",
            parameters: [usesCache],
            replies: [
                .json(
                    200, "How it is",
                    Schema.object([
                        "overall_status": health,
                        "services": [
                            "type": "object",
                            "additionalProperties": Schema.object([
                                "status": health, "response_time_ms": Schema.integer,
                            ]),
                        ],
                        "metrics": Schema.object([
                            "total_executions": Schema.nullable("integer"), "total_api_requests": Schema.integer,
                            "buffer_size": Schema.integer, "uptime_seconds": Schema.integer,
                        ]),
                        "configuration": Schema.object([
                            "debug_mode": Schema.boolean, "max_execution_time": Schema.integer,
                            "max_memory_mb": Schema.integer, "session_ttl_hours": Schema.integer,
                            "supported_languages": Schema.array(Schema.string),
                        ]),
                    ]))
            ]),
        APIOperation(
            method: "get", path: "/openapi.json", prefix: .root, tag: "service", summary: "This document", isOpen: true,
            replies: [.json(200, "OpenAPI 3.1", Schema.anything)]),
        page("/docs"), page("/redoc"),
    ]

    private static func part(_ path: String, _ summary: String) -> APIOperation {
        APIOperation(
            method: "get", path: path, prefix: .both, tag: "service", summary: summary, parameters: [usesCache],
            replies: [
                .json(200, "Healthy or degraded", Schema.reference("ServiceHealth")),
                .json(503, "Unhealthy", Schema.reference("ServiceHealth")),
            ])
    }

    private static func page(_ path: String) -> APIOperation {
        APIOperation(
            method: "get", path: path, prefix: .root, tag: "service", summary: "This document to read", isOpen: true,
            replies: [.init(status: 200, description: "A page", content: [JSONMember("text/html", Schema.string)])])
    }

    private static let usesCache = APIOperation.Parameter(
        name: "use_cache", schema: Schema.string, description: "false asks again; else an answer may be 30 seconds old")

    private static let health = Schema.words("healthy", "degraded", "unhealthy", "unknown")

    private static let detailed = Schema.object([
        "status": health, "timestamp": Schema.time,
        "services": ["type": "object", "additionalProperties": Schema.reference("ServiceHealth")],
        "summary": Schema.object([
            "total_services": Schema.integer, "healthy_services": Schema.integer,
            "degraded_services": Schema.integer, "unhealthy_services": Schema.integer,
        ]),
    ])

    private static let readiness = Schema.object([
        "status": Schema.words("ready", "not_ready"),
        "checks": ["type": "object", "additionalProperties": Schema.string],
    ])

    /// All schemas by name.
    static let schemas: [JSONMember] =
        runSchemas + toolSchemas + fileSchemas + ledgerSchemas + administrationSchemas + [
            JSONMember(
                "ServiceHealth",
                Schema.object([
                    "service": Schema.string, "status": health, "timestamp": Schema.time,
                    "response_time_ms": Schema.integer, "details": Schema.anything,
                    "error": Schema.nullable("string"),
                ])),
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
