/// What has to be known of a Java program before it is compiled: the file must be named after its public type, and
/// the machine must be told which class to start.
///
/// Strategy: a walk over the tokens outside comments and literals that counts braces. The compiler remains the judge;
/// of a program that this misunderstands it says what is wrong.
struct JavaSource: Sendable, Equatable {
    /// Used when the code declares no type that could be meant.
    static let defaultName = "Code"

    /// Of the file, with extension.
    let fileName: String
    /// With its package.
    let mainClass: String

    private struct TopLevelType {
        let name: String
        let isPublic: Bool
        var hasMain = false
    }

    init(_ code: [UInt8]) {
        var package = ""
        var types: [TopLevelType] = []
        var depth = 0
        let tokens = Self.tokens(code)
        for (index, token) in tokens.enumerated() {
            switch token {
            case "{": depth += 1
            case "}": depth -= 1
            case "package" where depth == 0:
                package = tokens[(index + 1)...].prefix { $0 != ";" }.joined()
            case "class", "interface", "enum", "record":
                guard depth == 0, index + 1 < tokens.count, Self.isName(tokens[index + 1]) else { continue }
                let modifiers = tokens[..<index].suffix(5).reversed().prefix { $0 != ";" && $0 != "}" }
                types.append(TopLevelType(name: tokens[index + 1], isPublic: modifiers.contains("public")))
            case "main" where depth == 1 && !types.isEmpty:
                let before = tokens[..<index].suffix(4).reversed().prefix { $0 != ";" && $0 != "}" && $0 != "{" }
                if index + 1 < tokens.count, tokens[index + 1] == "(", before.contains("static") {
                    types[types.count - 1].hasMain = true
                }
            default: continue
            }
        }
        let named = types.first(where: \.isPublic)
        // A file may be called anything when none of its types is public.
        fileName = (named?.name ?? Self.defaultName) + ".java"
        let main = types.first { $0.isPublic && $0.hasMain } ?? types.first(where: \.hasMain) ?? named ?? types.first
        let name = main?.name ?? Self.defaultName
        mainClass = package.isEmpty ? name : "\(package).\(name)"
    }

    private static func isName(_ token: String) -> Bool {
        token.utf8.first.map { isNameByte($0) } ?? false
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }

    /// Words and single signs, without comments, strings and characters.
    private static func tokens(_ code: [UInt8]) -> [String] {
        var result: [String] = []
        var rest = code[...]
        while let byte = rest.first {
            if rest.starts(with: "//".utf8) {
                rest = rest.drop { $0 != UInt8(ascii: "\n") }
            } else if rest.starts(with: "/*".utf8) {
                rest = skip("*/", in: rest.dropFirst(2))
            } else if rest.starts(with: "\"\"\"".utf8) {
                rest = skip("\"\"\"", in: rest.dropFirst(3))
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                rest = skipLiteral(byte, in: rest.dropFirst())
            } else if isNameByte(byte) {
                let word = rest.prefix(while: isNameByte)
                result.append(String(decoding: word, as: UTF8.self))
                rest = rest.dropFirst(word.count)
            } else {
                if byte > UInt8(ascii: " ") { result.append(String(UnicodeScalar(byte))) }
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static func skip(_ end: String, in code: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = code
        while !rest.isEmpty, !rest.starts(with: end.utf8) {
            rest = rest.dropFirst(rest.first == UInt8(ascii: "\\") ? 2 : 1)
        }
        return rest.dropFirst(end.utf8.count)
    }

    private static func skipLiteral(_ quote: UInt8, in code: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = code
        while let byte = rest.first, byte != quote, byte != UInt8(ascii: "\n") {
            rest = rest.dropFirst(byte == UInt8(ascii: "\\") ? 2 : 1)
        }
        return rest.dropFirst()
    }
}
