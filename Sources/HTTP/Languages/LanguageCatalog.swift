import Events

/// What clients may run here.
struct LanguageCatalog: Sendable {
    private let available: [String: LanguageAvailability]
    private let all: [LanguageAvailability]

    init(_ languages: [LanguageAvailability]) {
        available = Dictionary(languages.map { ($0.language.code, $0) }, uniquingKeysWith: { first, _ in first })
        all = Language.all.map { language in
            languages.first { $0.language == language } ?? LanguageAvailability(language: language, version: nil)
        }
    }

    /// The language a client means.
    ///
    /// - Throws: 400 when there is no such language, or its toolchain is absent (CONTRACT 6).
    func require(_ name: String) throws -> Language {
        guard let language = Language.named(name) else {
            throw APIError.invalid(
                "Unsupported language: \(name)", field: "lang", code: "unsupported_language",
                detail: "Language '\(name.lowercased())' is not supported")
        }
        guard available[language.code]?.isAvailable == true else {
            throw APIError.invalid(
                "Language '\(language.code)' is not available on this server", field: "lang",
                code: "language_unavailable")
        }
        return language
    }

    /// The body of `GET /v1/languages`.
    var json: JSONValue {
        [
            "languages": .array(
                all.map { entry in
                    [
                        "code": .string(entry.language.code), "name": .string(entry.language.name),
                        "aliases": .array(entry.language.aliases.map(JSONValue.string)),
                        "available": .bool(entry.isAvailable), "version": .string(orNull: entry.version),
                        "state": .bool(entry.language.hasState), "programmatic": .bool(entry.language.isProgrammatic),
                        "pool": nil,
                    ]
                })
        ]
    }
}
