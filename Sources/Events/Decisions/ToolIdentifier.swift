/// The name by which code calls a tool (CONTRACT 9.4).
public enum ToolIdentifier {
    /// Functions of the bash runtime begin with this.
    public static let bashPrefix = "__runledger"

    /// - Parameter language: `py` or `bash`.
    public static func of(_ name: String, in language: String) -> String {
        language == "bash" ? bash(name) : python(name)
    }

    static func python(_ name: String) -> String {
        let identifier = mapped(name, dots: false)
        return pythonKeywords.contains(identifier) ? identifier + "_tool" : identifier
    }

    static func bash(_ name: String) -> String {
        let identifier = mapped(name, dots: true)
        let isTaken = bashWords.contains(identifier) || identifier.hasPrefix(bashPrefix)
        return isTaken ? identifier + "_tool" : identifier
    }

    /// Hyphens and spaces become `_`, so do dots where asked; whatever else no identifier may hold is left out.
    private static func mapped(_ name: String, dots: Bool) -> String {
        var result: [UInt8] = []
        for scalar in name.unicodeScalars {
            switch scalar {
            case "-", " ": result.append(UInt8(ascii: "_"))
            case "." where dots: result.append(UInt8(ascii: "_"))
            case "a"..."z", "A"..."Z", "0"..."9", "_": result.append(UInt8(scalar.value))
            default: break
            }
        }
        guard let first = result.first else { return "tool" }
        if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) { result.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: result, as: UTF8.self)
    }

    private static let pythonKeywords: Set<String> = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
        "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ]

    /// Reserved words and builtins of bash 5.
    private static let bashWords: Set<String> = [
        "if", "then", "elif", "else", "fi", "time", "for", "in", "until", "while", "do", "done", "case", "esac",
        "coproc", "select", "function",
        "alias", "bg", "bind", "break", "builtin", "caller", "cd", "command", "compgen", "complete", "compopt",
        "continue", "declare", "dirs", "disown", "echo", "enable", "eval", "exec", "exit", "export", "false", "fc",
        "fg", "getopts", "hash", "help", "history", "jobs", "kill", "let", "local", "logout", "mapfile", "popd",
        "printf", "pushd", "pwd", "read", "readarray", "readonly", "return", "set", "shift", "shopt", "source",
        "suspend", "test", "times", "trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset", "wait",
    ]
}
