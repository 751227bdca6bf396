import Foundation
import HTTPTypes

/// The credentials a request presents in its headers, in the order of CONTRACT 3.1. A credential may be read in several
/// ways (Basic): each reading is one candidate.
struct Credentials: Equatable {
    /// Bearer values that are tokens, not keys.
    var tokens: [String] = []
    /// Candidate keys, first choice first; never empty strings.
    var keys: [String] = []

    var isEmpty: Bool { keys.isEmpty && tokens.isEmpty }

    /// - Parameter takesTokens: whether anything could verify a token; a bearer value is an API key otherwise.
    init(_ headers: HTTPFields, takesTokens: Bool = false) {
        for value in headers[values: .xAPIKey] { add(value) }
        let authorizations = headers[values: .authorization].compactMap(Self.split)
        for (name, value) in authorizations where name == "bearer" {
            if takesTokens, SignedToken.hasForm(value) { tokens.append(value) } else { add(value) }
        }
        for (name, value) in authorizations where name == "apikey" { add(value) }
        for (name, value) in authorizations where name == "basic" { addBasic(value) }
    }

    private mutating func add(_ key: some StringProtocol) {
        let key = key.trimmingCharacters(in: .whitespaces)
        if !key.isEmpty, !keys.contains(key) { keys.append(key) }
    }

    /// Decoded text with or without a colon: the part before the first, the part after it, and the whole.
    private mutating func addBasic(_ encoded: String) {
        guard let data = Data(base64Encoded: Self.padded(encoded)) else { return add(encoded) }
        let text = String(decoding: data, as: UTF8.self)
        // A colon may be one character with a mark that follows it, so it is looked for among the scalars.
        if let colon = text.unicodeScalars.firstIndex(of: ":") {
            add(String(text.unicodeScalars[..<colon]))
            add(String(text.unicodeScalars[text.unicodeScalars.index(after: colon)...]))
        }
        add(text)
    }

    private static func padded(_ base64: String) -> String {
        let bare = base64.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        return bare + String(repeating: "=", count: (4 - bare.utf8.count % 4) % 4)
    }

    /// `Scheme value`, the scheme in lower case. A value without a scheme is no credential.
    private static func split(_ header: String) -> (scheme: String, value: String)? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces))
    }
}
