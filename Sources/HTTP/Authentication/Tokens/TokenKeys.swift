import Events
import Foundation
import JWTKit

/// The public keys tokens are verified with, by key id.
struct TokenKeys: Sendable {
    struct Key: Sendable {
        let algorithm: TokenConfiguration.Algorithm
        let verifier: any JWTAlgorithm
    }

    private(set) var keys: [String: Key] = [:]
    /// What was left out, and why; for the log.
    private(set) var warnings: [String] = []

    static func load(_ sources: [TokenConfiguration.Source]) async throws(TokenKeyError) -> TokenKeys {
        var keys = TokenKeys()
        for source in sources {
            switch source {
            case .keySet(let text): try await keys.addSet(text)
            case .folder(let path): try await keys.addFolder(path)
            case .key(let text, let id): try await keys.addSingle(text, id)
            }
        }
        return keys
    }

    // MARK: Sources

    private mutating func addSet(_ text: String) async throws(TokenKeyError) {
        guard let members = (try? JSONParser.parse(text))?["keys"]?.array else {
            throw TokenKeyError(description: "CODEAPI_JWT_JWKS_JSON must be a JWK set: {\"keys\":[...]}")
        }
        let before = keys.count
        for (index, member) in members.enumerated() {
            let name = "key \(index + 1) of CODEAPI_JWT_JWKS_JSON"
            guard let id = member["kid"]?.string, !id.isEmpty else {
                throw TokenKeyError(description: "\(name) has no kid")
            }
            if let key = await Self.key(ofJWK: member) {
                keys[id] = key
            } else {
                warnings.append("\(name) is no Ed25519 or RSA public key for EdDSA or RS256 and is left out")
            }
        }
        guard keys.count > before else {
            throw TokenKeyError(description: "CODEAPI_JWT_JWKS_JSON holds no Ed25519 or RSA public key")
        }
    }

    /// A file that is no key must not shut out the users of the others: it is left out with a warning.
    private mutating func addFolder(_ path: String) async throws(TokenKeyError) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw TokenKeyError(description: "CODEAPI_JWT_PUBLIC_KEYS_DIR is no folder that can be read")
        }
        // Hidden names are how Kubernetes swaps the contents of a mounted secret.
        for name in names.sorted() where !name.hasPrefix(".") {
            let file = URL(fileURLWithPath: path).appendingPathComponent(name)
            if let text = try? String(contentsOf: file, encoding: .utf8), let key = await Self.key(ofPEM: text) {
                keys[file.deletingPathExtension().lastPathComponent] = key
            } else {
                warnings.append("\(name) in CODEAPI_JWT_PUBLIC_KEYS_DIR is no PEM public key and is left out")
            }
        }
    }

    private mutating func addSingle(_ text: String, _ id: String) async throws(TokenKeyError) {
        // Environment files often hold a PEM on one line, its line ends written out.
        var pem = text.replacingOccurrences(of: "\\n", with: "\n")
        if text.hasPrefix("/") { pem = (try? String(contentsOfFile: text, encoding: .utf8)) ?? "" }
        guard let key = await Self.key(ofPEM: pem) else {
            throw TokenKeyError(
                description: "CODEAPI_JWT_PUBLIC_KEY must be an Ed25519 or RSA (2048 bits or more) public key in PEM, "
                    + "or the absolute path of one")
        }
        keys[id] = key
    }

    // MARK: Forms

    private static func key(ofPEM text: String) async -> Key? {
        if let key = try? EdDSA.PublicKey(pem: text) { return await verifier(key) }
        if let key = try? Insecure.RSA.PublicKey(pem: text) { return await verifier(key) }
        return nil
    }

    private static func key(ofJWK member: JSONValue) async -> Key? {
        guard member["use"]?.string ?? "sig" == "sig" else { return nil }
        let algorithm = member["alg"]?.string
        switch member["kty"]?.string {
        case "OKP":
            guard member["crv"]?.string == "Ed25519", algorithm ?? "EdDSA" == "EdDSA", let x = member["x"]?.string,
                let key = try? EdDSA.PublicKey(x: x, curve: .ed25519)
            else { return nil }
            return await verifier(key)
        case "RSA":
            guard algorithm ?? "RS256" == "RS256", let modulus = member["n"]?.string,
                let exponent = member["e"]?.string,
                let key = try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
            else { return nil }
            return await verifier(key)
        default: return nil
        }
    }

    private static func verifier(_ key: EdDSA.PublicKey) async -> Key? {
        let collection = await JWTKeyCollection().add(eddsa: key)
        return (try? await collection.getKey()).map { Key(algorithm: .edDSA, verifier: $0) }
    }

    private static func verifier(_ key: Insecure.RSA.PublicKey) async -> Key? {
        let collection = await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256)
        return (try? await collection.getKey()).map { Key(algorithm: .rs256, verifier: $0) }
    }
}
