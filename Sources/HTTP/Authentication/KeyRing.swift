import Events

/// The keys of the environment, known only by their digests.
struct KeyRing: Sendable {
    struct Entry: Sendable {
        let digest: Digest32
        /// By which people recognise the key.
        let prefix: String
        let name: String
        let identity: Identity
    }

    /// `API_KEY` and `API_KEYS` in their order, then the master key.
    let entries: [Entry]

    init(_ configuration: HTTPConfiguration) {
        var entries: [Entry] = []
        func add(_ key: String, _ label: String, role: Role) {
            let digest = APIKey.digest(of: key)
            // A key that is listed twice is one key.
            guard !entries.contains(where: { $0.digest == digest }) else { return }
            let name = APIKey.name(of: digest)
            let identity = Identity(
                owner: Owner(tenant: configuration.envKeysTenant ?? name), actor: Actor(id: name, kind: "api_key"),
                role: role, key: digest)
            entries.append(Entry(digest: digest, prefix: APIKey.prefix(of: key), name: label, identity: identity))
        }
        // First, so that a master key that is also in the list stays an admin.
        if let master = configuration.masterKey { add(master, "MASTER_API_KEY", role: .admin) }
        for (index, key) in configuration.apiKeys.enumerated() {
            add(key, "environment key \(index + 1)", role: .client)
        }
        self.entries = entries
    }

    /// The identity of a key, or nil.
    func identity(of key: String) -> Identity? { identity(of: APIKey.digest(of: key)) }

    /// The identity of the key with this digest, or nil. Every entry is compared in full, so that time tells nothing.
    func identity(of digest: Digest32) -> Identity? {
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
