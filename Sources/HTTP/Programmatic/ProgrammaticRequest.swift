import Events
import HTTPTypes

/// The body that starts a programmatic run (CONTRACT 9.1).
struct ProgrammaticRequest {
    /// Bytes of the start body without its files.
    static let maximumBytes = 10 << 20
    static let maximumTools = 100

    let exec: ExecRequest

    /// - Throws: 400 or 413, before anything is created.
    func parse(_ body: JSONValue, headers: HTTPFields, caller: Caller) throws -> RunRequest {
        let language = try Self.language(body)
        guard let code = body["code"]?.string, !code.isBlank else {
            throw APIError.invalid("Field 'code' is required and must not be blank", field: "code")
        }
        let tools = try Self.tools(body["tools"], language: language)
        try Self.checkSize(body)
        // All else is as for /exec, with its tolerances.
        let names: Set<String> = ["lang", "language", "args", "tools"]
        let members = (body.members ?? []).filter { !names.contains($0.name) }
        var run = try exec.parse(
            .object(members + [JSONMember("lang", .string(language))]), headers: headers, caller: caller)
        run.traits.keepsState = false
        run.traits.streamsOutput = false
        run.traits.tools = tools
        return run
    }

    private static func language(_ body: JSONValue) throws -> String {
        let value = [body["language"], body["lang"]].lazy.compactMap(\.self).first { !$0.isNull }
        guard let value else { return Language.python.code }
        switch value.string?.lowercased() {
        case "py", "python": return Language.python.code
        case "bash": return Language.bash.code
        default:
            throw APIError.invalid(
                "Programmatic runs are in 'py', 'python' or 'bash'", field: "lang", code: "unsupported_language")
        }
    }

    private static func tools(_ value: JSONValue?, language: String) throws -> [ToolDefinition] {
        guard let items = value?.array else {
            throw APIError.invalid("Field 'tools' is required and must be an array", field: "tools")
        }
        guard items.count <= maximumTools else {
            throw APIError.invalid("More than \(maximumTools) tools", field: "tools")
        }
        var names: [String: String] = [:]
        return try items.enumerated().map { index, item in
            guard let name = item["name"]?.string, !name.isBlank else {
                throw APIError.invalid("Tool \(index) has no name", field: "tools[\(index)].name")
            }
            let identifier = ToolIdentifier.of(name, in: language)
            if let other = names.updateValue(name, forKey: identifier) {
                throw APIError.invalid(
                    "Tools '\(other)' and '\(name)' have the same name in code: '\(identifier)'", field: "tools")
            }
            return ToolDefinition(name: name, parameters: item["parameters"] ?? .null)
        }
    }

    private static func checkSize(_ body: JSONValue) throws {
        let rest = (body.members ?? []).filter { $0.name != "files" }
        guard JSONWriter.compact(.object(rest)).count <= maximumBytes else {
            throw APIError.tooLarge("The request without its files is larger than \(maximumBytes) bytes")
        }
    }
}
