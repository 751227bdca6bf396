import Events

/// `args` of a run: any JSON, as the program's argument list (CONTRACT 5.1).
enum ExecArguments {
    /// - Throws: 400 when an argument holds NUL, which no process can be given (C23).
    static func parse(_ value: JSONValue?) throws -> [String] {
        let arguments = list(value ?? .null)
        guard !arguments.contains(where: { $0.utf8.contains(0) }) else {
            throw APIError.invalid("An argument must not contain NUL", field: "args")
        }
        return arguments
    }

    private static func list(_ value: JSONValue) -> [String] {
        switch value {
        case .null: []
        case .string(let text): text.isBlank ? [] : [text]
        case .array(let elements): elements.filter { !$0.isNull }.map(text)
        default: [text(value)]
        }
    }

    /// Strings as they are, everything else as compact JSON.
    private static func text(_ value: JSONValue) -> String {
        if case .string(let text) = value { return text }
        return String(decoding: JSONWriter.compact(value), as: UTF8.self)
    }
}

extension String {
    /// Nothing but white space.
    var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}
