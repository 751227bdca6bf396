import Events

/// The OpenAPI 3.1 document of the routes that exist, written by hand and kept beside them, one file an area.
enum OpenAPI {
    /// Every operation, in the order they are shown.
    static var operations: [APIOperation] { runs + tools + files + state + ledger + administration + service }

    static func document(version: String) -> JSONValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Runledger", "version": .string(version),
                "description": "Code interpreter with an event log as its only source of truth.",
            ],
            "security": [["api_key": []], ["bearer": []], ["basic": []]],
            "paths": paths(operations),
            "components": [
                "securitySchemes": [
                    "api_key": ["type": "apiKey", "in": "header", "name": "X-API-Key"],
                    "bearer": ["type": "http", "scheme": "bearer"], "basic": ["type": "http", "scheme": "basic"],
                ],
                "responses": [
                    "Error": [
                        "description": "Any failure",
                        "content": ["application/json": ["schema": Schema.reference("Error")]],
                    ]
                ],
                "schemas": .object(schemas),
            ],
        ]
    }

    private static func paths(_ operations: [APIOperation]) -> JSONValue {
        var paths: [JSONMember] = []
        for operation in operations {
            for path in operation.prefix.paths(operation.path) {
                let member = JSONMember(operation.method, operation.json(at: path))
                if let index = paths.firstIndex(where: { $0.name == path }), let others = paths[index].value.members {
                    paths[index].value = .object(others + [member])
                } else {
                    paths.append(JSONMember(path, .object([member])))
                }
            }
        }
        return .object(paths)
    }
}
