/// A language of CONTRACT 6.
struct Language: Sendable, Hashable {
    /// The code that answers carry: `py`.
    let code: String
    /// For people: `Python`.
    let name: String
    /// Other spellings that requests may use, in lower case.
    let aliases: [String]
    /// Whether runs can keep their variables (CONTRACT 8), and call tools (CONTRACT 9).
    let hasState: Bool

    private init(_ code: String, _ name: String, _ aliases: [String] = [], hasState: Bool = false) {
        self.code = code
        self.name = name
        self.aliases = aliases
        self.hasState = hasState
    }

    static let python = Language("py", "Python", ["python", "python3"], hasState: true)
    static let javaScript = Language("js", "JavaScript", ["javascript", "node", "nodejs"])
    static let c = Language("c", "C")
    static let bash = Language("bash", "Bash", ["sh", "shell"])

    /// All languages, in the order of the contract.
    static let all: [Language] = [
        python,
        javaScript,
        Language("ts", "TypeScript", ["typescript"]),
        Language("go", "Go", ["golang"]),
        Language("java", "Java"),
        c,
        Language("cpp", "C++", ["c++", "cc", "cxx"]),
        Language("php", "PHP"),
        Language("rs", "Rust", ["rust"]),
        Language("r", "R", ["rscript"]),
        Language("f90", "Fortran", ["fortran", "f95"]),
        Language("d", "D", ["dlang"]),
        bash,
    ]

    private static let byName: [String: Language] = {
        var result: [String: Language] = [:]
        for language in all {
            for name in [language.code] + language.aliases { result[name] = language }
        }
        return result
    }()

    /// The language with this code or alias, in any case.
    static func named(_ name: String) -> Language? {
        byName[name.lowercased()]
    }
}

/// A language, and whether it can be run here.
struct AvailableLanguage: Sendable, Equatable {
    let language: Language
    /// The toolchain's version; nil if there is none on this host.
    let version: String?

    var isAvailable: Bool { version != nil }
}
