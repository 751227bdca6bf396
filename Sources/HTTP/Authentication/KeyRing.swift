import Crypto
import Events

/// The keys of the environment, known only by their digests.
struct KeyRing: Sendable {
    private struct Entry: Sendable {
        let digest: Digest32
        let identity: Identity
    }

    private let entries: [Entry]

    init(_ configuration: HTTPConfiguration) {
        var entries: [Entry] = []
        func add(_ key: String, role: Role) {
            let digest = EventHash.sha256(Array(key.utf8))
            let name = "key:" + digest.prefix(8).hex
            let owner = Owner(tenant: configuration.envKeysTenant ?? name)
            entries.append(
                Entry(
                    digest: digest,
                    identity: Identity(owner: owner, actor: Actor(id: name, kind: "api_key"), role: role)))
        }
        for key in configuration.apiKeys { add(key, role: .client) }
        if let master = configuration.masterKey { add(master, role: .admin) }
        self.entries = entries
    }

    /// The identity of a key, or nil. Every entry is compared in full, so that time tells nothing.
    func identity(of key: String) -> Identity? {
        let digest = EventHash.sha256(Array(key.utf8))
        var found: Identity?
        for entry in entries where Self.areEqual(entry.digest, digest) && found == nil { found = entry.identity }
        return found
    }

    private static func areEqual(_ left: Digest32, _ right: Digest32) -> Bool {
        var difference: UInt8 = 0
        for (a, b) in zip(left, right) { difference |= a ^ b }
        return difference == 0 && left.count == right.count
    }
}
