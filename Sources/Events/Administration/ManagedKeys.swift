/// A managed API key as its events leave it.
public struct ManagedKey: Sendable, Equatable {
    /// SHA-256 of the key.
    public var hash: Digest32
    public var prefix: String
    public var name: String
    public var role: Role
    /// Shared by keys that stand for the same owner; each key its own when nil (CONTRACT 3.2).
    public var tenant: String?
    public var limits: RateLimits
    public var metadata: [String: String]
    public var isEnabled = true
    public var createdAt: Timestamp
    /// Position of the event that made it: the order of lists.
    public var position: Int64
}

/// The keys of an installation: the fold of its administration stream. Pure; used by every replica and by the CLI.
public struct ManagedKeys: Sendable, Equatable {
    /// Events folded so far.
    public private(set) var version: Int64 = 0
    private var byHash: [Digest32: ManagedKey] = [:]

    /// No keys yet.
    public init() {}

    /// The key with this SHA-256, enabled or not.
    public subscript(hash: Digest32) -> ManagedKey? { byHash[hash] }

    /// All of them, oldest first.
    public var all: [ManagedKey] { byHash.values.sorted { $0.position < $1.position } }

    /// Whether any key that works may administer.
    public var hasAdmin: Bool { byHash.values.contains { $0.role == .admin && $0.isEnabled } }

    /// Folds the next event of the stream; one that was folded before changes nothing.
    ///
    /// - Returns: false if events before this one are missing: they must be read first.
    public mutating func apply(_ event: Event) -> Bool {
        guard event.session == Identifier.administration, event.version > version else { return true }
        guard event.version == version + 1 else { return false }
        version = event.version
        switch event.type {
        case .keyCreated:
            let body = KeyCreated(event.body)
            byHash[body.hash] = ManagedKey(
                hash: body.hash, prefix: body.prefix, name: body.name, role: body.role, tenant: body.tenant,
                limits: body.limits, metadata: body.metadata, createdAt: event.time, position: event.position)
        case .keyChanged:
            let body = KeyChanged(event.body)
            byHash[body.hash]?.apply(body.change)
        case .keyRevoked: byHash[KeyRevoked(event.body).hash] = nil
        default: break
        }
        return true
    }
}

extension ManagedKey {
    fileprivate mutating func apply(_ change: KeyChange) {
        if let name = change.name { self.name = name }
        if let isEnabled = change.isEnabled { self.isEnabled = isEnabled }
        if let role = change.role { self.role = role }
        for (period, limit) in change.limits { limits[period] = limit }
    }
}
