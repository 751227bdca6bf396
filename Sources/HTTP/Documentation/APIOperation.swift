import Events

/// One operation of the API as the OpenAPI document describes it.
struct APIOperation {
    /// A query or header parameter.
    struct Parameter {
        var name: String
        var place = "query"
        var schema: JSONValue
        var description: String
    }

    /// What one status answers; `content` maps media types to schemas.
    struct Reply {
        var status: Int
        var description: String
        var content: [JSONMember] = []

        static func json(_ status: Int, _ description: String, _ schema: JSONValue) -> Reply {
            Reply(status: status, description: description, content: [JSONMember("application/json", schema)])
        }
    }

    var method: String
    /// With captures as `{name}`, without prefix.
    var path: String
    var prefix: Routes.Prefix
    var tag: String
    var summary: String
    var isOpen = false
    var parameters: [Parameter] = []
    var body: [JSONMember] = []
    var replies: [Reply]

    /// The operation object; errors of every kind share one body.
    func json(at path: String) -> JSONValue {
        var members: [JSONMember] = [
            JSONMember("operationId", .string(Self.identifier(method, path))), JSONMember("summary", .string(summary)),
            JSONMember("tags", [.string(tag)]),
        ]
        let captures = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { capture -> JSONValue in
            [
                "name": .string(String(capture.dropFirst().dropLast())), "in": "path", "required": true,
                "schema": ["type": "string"],
            ]
        }
        let others = parameters.map { parameter -> JSONValue in
            [
                "name": .string(parameter.name), "in": .string(parameter.place), "required": false,
                "schema": parameter.schema, "description": .string(parameter.description),
            ]
        }
        if !captures.isEmpty || !others.isEmpty { members.append(JSONMember("parameters", .array(captures + others))) }
        if !body.isEmpty {
            members.append(JSONMember("requestBody", ["required": true, "content": Self.content(body)]))
        }
        members.append(JSONMember("responses", responses))
        if isOpen { members.append(JSONMember("security", [])) }
        return .object(members)
    }

    private var responses: JSONValue {
        var members = replies.map { reply in
            var response: [JSONMember] = [JSONMember("description", .string(reply.description))]
            if !reply.content.isEmpty { response.append(JSONMember("content", Self.content(reply.content))) }
            return JSONMember(String(reply.status), .object(response))
        }
        members.append(JSONMember("default", ["$ref": "#/components/responses/Error"]))
        return .object(members)
    }

    private static func content(_ schemas: [JSONMember]) -> JSONValue {
        .object(schemas.map { JSONMember($0.name, ["schema": $0.value]) })
    }

    /// E.g. `get_v1_sessions_session_id`.
    private static func identifier(_ method: String, _ path: String) -> String {
        ([method] + path.split { "/{}.".contains($0) }.map(String.init)).joined(separator: "_")
    }
}

/// Schemas in the words of JSON Schema.
enum Schema {
    static let string: JSONValue = ["type": "string"]
    /// What every client can send as a header's value.
    static let headerText: JSONValue = ["type": "string", "pattern": "^[!-~]+$"]
    static let integer: JSONValue = ["type": "integer"]
    static let boolean: JSONValue = ["type": "boolean"]
    static let time: JSONValue = ["type": "string", "format": "date-time"]
    static let binary: JSONValue = ["type": "string", "format": "binary"]
    static let anything: JSONValue = .object([])

    static func nullable(_ type: String) -> JSONValue { ["type": [.string(type), "null"]] }
    static func array(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }
    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/" + name)] }
    static func words(_ words: String...) -> JSONValue {
        ["type": "string", "enum": .array(words.map(JSONValue.string))]
    }

    /// An object whose members, unless listed as optional, are all present.
    static func object(_ properties: KeyValuePairs<String, JSONValue>, optional: Set<String> = []) -> JSONValue {
        let required = properties.map(\.key).filter { !optional.contains($0) }
        var members: [JSONMember] = [
            JSONMember("type", "object"),
            JSONMember("properties", .object(properties.map { JSONMember($0.key, $0.value) })),
        ]
        if !required.isEmpty { members.append(JSONMember("required", .array(required.map(JSONValue.string)))) }
        return .object(members)
    }
}
