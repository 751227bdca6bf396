/// A language of CONTRACT section 6: what clients may call it, whether or not this host can run it.
public struct Language: Sendable, Hashable {
    public let code: String
    public let name: String
    /// Lower case, without the code itself.
    public let aliases: [String]
    /// Whether a session keeps its variables between runs.
    public let hasState: Bool
    /// Whether code may call tools (CONTRACT 9).
    public let isProgrammatic: Bool

    private init(
        _ code: String, _ name: String, _ aliases: [String], state: Bool = false, programmatic: Bool = false
    ) {
        self.code = code
        self.name = name
        self.aliases = aliases
        hasState = state
        isProgrammatic = programmatic
    }

    public static let python = Language("py", "Python", ["python", "python3"])
    public static let javaScript = Language("js", "JavaScript", ["javascript", "node", "nodejs"])
    public static let typeScript = Language("ts", "TypeScript", ["typescript"])
    public static let go = Language("go", "Go", ["golang"])
    public static let java = Language("java", "Java", [])
    public static let c = Language("c", "C", [])
    public static let cPlusPlus = Language("cpp", "C++", ["c++", "cc", "cxx"])
    public static let php = Language("php", "PHP", [])
    public static let rust = Language("rs", "Rust", ["rust"])
    public static let r = Language("r", "R", ["rscript"])
    public static let fortran = Language("f90", "Fortran", ["fortran", "f95"])
    public static let d = Language("d", "D", ["dlang"])
    public static let bash = Language("bash", "Bash", ["sh", "shell"])

    /// All thirteen, in the contract's order.
    public static let all: [Language] = [
        python, javaScript, typeScript, go, java, c, cPlusPlus, php, rust, r, fortran, d, bash,
    ]

    private static let byName: [String: Language] = Dictionary(
        all.flatMap { language in ([language.code] + language.aliases).map { ($0, language) } },
        uniquingKeysWith: { first, _ in first })

    /// The language of a code or alias, in any case; nil when there is none.
    public static func named(_ text: String) -> Language? { byName[text.lowercased()] }
}

/// What this installation can do with a language.
public struct LanguageAvailability: Sendable, Hashable {
    public let language: Language
    /// Version of the toolchain, e.g. `3.11.7`; nil when it is absent.
    public let version: String?

    public init(language: Language, version: String?) {
        self.language = language
        self.version = version
    }

    public var isAvailable: Bool { version != nil }
}
