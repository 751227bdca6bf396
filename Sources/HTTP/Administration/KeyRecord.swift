import Events
import Projections

/// A key as the admin API shows it (CONTRACT 11): everything but the key.
struct KeyRecord {
    let hash: Digest32
    private let prefix: String
    private let name: String
    private let createdAt: Timestamp?
    private let isEnabled: Bool
    private let limits: RateLimits
    private let metadata: [String: String]
    private let source: String
    private let role: Role
    private let tenant: String?

    init(_ key: ManagedKey) {
        hash = key.hash
        prefix = key.prefix
        name = key.name
        createdAt = key.createdAt
        isEnabled = key.isEnabled
        limits = key.limits
        metadata = key.metadata
        source = "managed"
        role = key.role
        tenant = key.tenant
    }

    init(_ entry: KeyRing.Entry, tenant: String?) {
        hash = entry.digest
        prefix = entry.prefix
        name = entry.name
        createdAt = nil
        isEnabled = true
        limits = RateLimits()
        metadata = [:]
        source = "environment"
        role = entry.identity.role
        self.tenant = tenant
    }

    func json(_ use: KeyUse?) -> JSONValue {
        let metadata = metadata.sorted { $0.key < $1.key }.map { JSONMember($0.key, .string($0.value)) }
        return [
            "key_hash": .string(hash.hex), "key_prefix": .string(prefix), "name": .string(name),
            "created_at": .string(orNull: createdAt?.description), "enabled": .bool(isEnabled),
            "rate_limits": limits.json, "metadata": .object(metadata),
            "last_used_at": .string(orNull: use?.last.description), "usage_count": .int(use?.count ?? 0),
            "source": .string(source), "role": .string(role.rawValue), "tenant": .string(orNull: tenant),
        ]
    }
}
