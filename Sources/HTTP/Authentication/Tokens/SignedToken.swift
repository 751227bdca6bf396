import Events
import Foundation

/// A bearer token taken apart; nothing in it is to be believed before its signature was verified.
struct SignedToken: Sendable {
    let algorithm: String
    let keyID: String
    let claims: JSONValue
    let signature: [UInt8]
    /// What the signature is over.
    let signed: [UInt8]

    /// - Returns: nil unless the text is a JWT whose header has `typ` JWT, a `kid`, and nothing it calls critical.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]),
            let signature = Self.decode(parts[2]), header["typ"]?.string == "JWT", header["crit"] == nil,
            let algorithm = header["alg"]?.string, let keyID = header["kid"]?.string, !keyID.isEmpty
        else { return nil }
        self.algorithm = algorithm
        self.keyID = keyID
        self.claims = claims
        self.signature = signature
        signed = Array("\(parts[0]).\(parts[1])".utf8)
    }

    /// Whether a credential has the form of a JWT: three dot-separated base64url parts (CONTRACT 3.1).
    static func hasForm(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        // An unsecured token has an empty third part; it is a token all the same, and an invalid one.
        return parts.count == 3 && !parts[0].isEmpty && !parts[1].isEmpty
            && parts.allSatisfy { $0.utf8.allSatisfy(isURLSafe) }
    }

    private static func json(_ part: Substring) -> JSONValue? {
        guard let bytes = decode(part), let value = try? JSONParser.parse(bytes), value.members != nil else {
            return nil
        }
        return value
    }

    private static func decode(_ part: Substring) -> [UInt8]? {
        guard part.utf8.allSatisfy(isURLSafe) else { return nil }
        let base64 = part.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Data(base64Encoded: base64 + padding).map(Array.init)
    }

    private static func isURLSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
