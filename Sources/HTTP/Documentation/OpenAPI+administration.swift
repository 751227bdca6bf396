import Events

extension OpenAPI {
    /// Keys.
    static let administration: [APIOperation] = [
        APIOperation(
            method: "get", path: "/api/v1/admin/keys", prefix: .root, tag: "administration",
            summary: "Managed keys and those of the environment",
            replies: [.json(200, "Their records", Schema.array(Schema.reference("KeyRecord")))]),
        APIOperation(
            method: "post", path: "/api/v1/admin/keys", prefix: .root, tag: "administration",
            summary: "Make a key; it is shown in this answer only",
            body: [
                JSONMember(
                    "application/json",
                    Schema.object(
                        [
                            "name": ["type": "string", "minLength": 1, "maxLength": 256], "rate_limits": rateLimits,
                            "metadata": ["type": "object", "additionalProperties": Schema.string],
                            "role": role, "tenant": Schema.nullable("string"),
                        ], optional: ["rate_limits", "metadata", "role", "tenant"]))
            ],
            replies: [
                .json(
                    200, "The key and its record",
                    Schema.object(["api_key": Schema.string, "record": Schema.reference("KeyRecord")]))
            ]),
        APIOperation(
            method: "patch", path: "/api/v1/admin/keys/{key_hash}", prefix: .root, tag: "administration",
            summary: "Rename a key, switch it on or off, change its role or limits",
            body: [
                JSONMember(
                    "application/json",
                    Schema.object(
                        [
                            "name": ["type": "string", "minLength": 1, "maxLength": 256], "enabled": Schema.boolean,
                            "rate_limits": rateLimits, "role": role,
                        ], optional: ["name", "enabled", "rate_limits", "role"]))
            ],
            replies: [.json(200, "Done", Schema.boolean)]),
        APIOperation(
            method: "delete", path: "/api/v1/admin/keys/{key_hash}", prefix: .root, tag: "administration",
            summary: "Revoke a key on all replicas", replies: [.json(200, "Done", Schema.boolean)]),
    ]

    private static let role = Schema.words("client", "auditor", "admin")

    private static let rateLimits: JSONValue = [
        "type": ["object", "null"],
        "properties": .object(
            RatePeriod.allCases.map {
                JSONMember($0.rawValue, ["type": ["integer", "null"], "minimum": 1])
            }),
    ]

    /// Schemas of the administration.
    static let administrationSchemas: [JSONMember] = [
        JSONMember(
            "KeyRecord",
            Schema.object([
                "key_hash": Schema.string, "key_prefix": Schema.string, "name": Schema.string,
                "created_at": Schema.nullable("string"), "enabled": Schema.boolean, "rate_limits": rateLimits,
                "metadata": ["type": "object", "additionalProperties": Schema.string],
                "last_used_at": Schema.nullable("string"), "usage_count": Schema.integer,
                "source": Schema.words("managed", "environment"), "role": role, "tenant": Schema.nullable("string"),
            ]))
    ]
}
