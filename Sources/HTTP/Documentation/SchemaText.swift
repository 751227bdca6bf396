import Events

/// A schema as people read it: the shape of the value with the names of types for its leaves.
enum SchemaText {
    /// HTML for a `<pre>`; references are links to `#schema-NAME`.
    static func html(_ schema: JSONValue, indent: Int = 0) -> String {
        if let reference = schema["$ref"]?.string, let name = reference.split(separator: "/").last {
            return "<a href=\"#schema-\(escaped(String(name)))\">\(escaped(String(name)))</a>"
        }
        if let words = schema["enum"]?.array {
            return words.map { "<b>\(escaped($0.string.map { "\"\($0)\"" } ?? "null"))</b>" }.joined(separator: " | ")
        }
        for choice in ["anyOf", "oneOf"] {
            if let schemas = schema[choice]?.array {
                return schemas.map { html($0, indent: indent) }.joined(separator: " | ")
            }
        }
        let types = schema["type"]?.string.map { [$0] } ?? schema["type"]?.array?.compactMap(\.string) ?? []
        guard !types.isEmpty else { return "<i>any</i>" }
        return types.map { type in
            switch type {
            case "object": object(schema, indent: indent)
            case "array": "[ " + html(schema["items"] ?? .object([]), indent: indent) + ", … ]"
            default: "<i>\(escaped(schema["format"]?.string.map { "\(type) (\($0))" } ?? type))</i>"
            }
        }.joined(separator: " | ")
    }

    private static func object(_ schema: JSONValue, indent: Int) -> String {
        let inner = String(repeating: "  ", count: indent + 1)
        let required = Set(schema["required"]?.array?.compactMap(\.string) ?? [])
        var lines = (schema["properties"]?.members ?? []).map { member in
            let optional = required.contains(member.name) ? "" : "?"
            return "\(inner)\(escaped(member.name))\(optional): \(html(member.value, indent: indent + 1))"
        }
        if let rest = schema["additionalProperties"], rest.bool == nil {
            lines.append("\(inner)[name]: \(html(rest, indent: indent + 1))")
        }
        guard !lines.isEmpty else { return "{ … }" }
        return "{\n" + lines.joined(separator: ",\n") + "\n" + String(repeating: "  ", count: indent) + "}"
    }

    /// Text inside HTML, attributes included.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
