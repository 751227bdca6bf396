import Events

/// Which files of `/mnt/data` a compiler could have read, so that only those are part of a cached program's key.
///
/// Strategy: too many is harmless (a miss), too few is a wrong program. So each language names the extensions that
/// its compiler looks for by itself, and the words without which code cannot name a file of another kind. With one of
/// them in the code every file counts, and so does any file whose name occurs in it.
struct CompileReads: Sendable {
    private let extensions: Set<String>
    private let words: [String]
    /// Words that make the result depend on more than files: such a program is not kept.
    private let volatile: [String]
    private let hasIncludes: Bool

    /// Nil for a language that is not compiled ahead.
    init?(_ language: Language) {
        let dates = ["__DATE__", "__TIME__", "__TIMESTAMP__"]
        switch language {
        case .c, .cPlusPlus:
            self.init(
                ["", "h", "hh", "hpp", "hxx", "h++", "inc", "inl", "ipp", "tcc", "def"],
                words: ["asm", "embed", "has_include", "include_next", "import", "pch_preprocess", "%:", "??="],
                volatile: dates, hasIncludes: true)
        case .go:
            self.init(
                ["go", "mod", "sum", "work", "s", "S", "sx", "h", "c", "syso"],
                words: ["embed", "\"./", "\"../", "`./", "`../", "\"C\"", "`C`"],
                volatile: dates)
        case .java: self.init(["java", "class", "jar"])
        case .rust: self.init(["rs"], words: ["include", "mod", "asm", "extern", "path", "link"])
        case .fortran:
            self.init(["f90", "f95", "f03", "f08", "F90", "mod", "smod", "inc"], words: ["include", "INCLUDE", "Include"])
        case .d: self.init(["d", "di"], words: ["pragma", "mixin"], volatile: dates)
        default: return nil
        }
    }

    private init(
        _ extensions: Set<String>, words: [String] = [], volatile: [String] = [], hasIncludes: Bool = false
    ) {
        self.extensions = extensions
        self.words = words
        self.volatile = volatile
        self.hasIncludes = hasIncludes
    }

    /// The inputs that count, or nil if the program is not to be kept at all.
    func relevant(_ inputs: [MountedFile], to code: [UInt8]) -> [MountedFile]? {
        let text = String(decoding: code, as: UTF8.self).split(separator: "\\\n", omittingEmptySubsequences: false)
            .joined()
        if volatile.contains(where: text.contains) { return nil }
        if words.contains(where: text.contains) || hasIncludes && Self.includesOther(text) { return inputs }
        return inputs.filter { input in
            let name = input.path.split(separator: "/").last ?? ""
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            return extensions.contains(parts.count > 1 ? String(parts[parts.count - 1]) : "") || text.contains(name)
        }
    }

    /// Whether something else than a name in angle brackets is included.
    private static func includesOther(_ text: String) -> Bool {
        text.split(separator: "include", omittingEmptySubsequences: false).dropFirst().contains { rest in
            rest.first { $0 != " " && $0 != "\t" } != "<"
        }
    }
}
