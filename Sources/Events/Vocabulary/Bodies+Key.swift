/// Events of the administration stream: managed API keys. A key itself is never recorded, only its SHA-256.
extension EventType {
    public static let keyCreated = EventType(rawValue: "key.created")
    public static let keyChanged = EventType(rawValue: "key.changed")
    public static let keyRevoked = EventType(rawValue: "key.revoked")
}

/// A key was made.
public struct KeyCreated: EventBody {
    public static let type = EventType.keyCreated
    /// SHA-256 of the key.
    public var hash: Digest32
    /// The first characters of the key, by which people recognise it.
    public var prefix: String
    public var name: String
    public var role: Role
    public var tenant: String?
    public var limits: RateLimits
    public var metadata: [String: String]
    public var actor: Actor

    public init(
        hash: Digest32, prefix: String, name: String, role: Role, tenant: String?, limits: RateLimits,
        metadata: [String: String], actor: Actor
    ) {
        self.hash = hash
        self.prefix = prefix
        self.name = name
        self.role = role
        self.tenant = tenant
        self.limits = limits
        self.metadata = metadata
        self.actor = actor
    }

    public var json: JSONValue {
        [
            "actor": actor.json, "key_hash": .string(hash.hex), "key_prefix": .string(prefix),
            "metadata": .object(metadata.map { JSONMember($0.key, .string($0.value)) }), "name": .string(name),
            "rate_limits": limits.json, "role": .string(role.rawValue), "tenant": .string(orNull: tenant),
        ]
    }

    public init(_ json: JSONValue) {
        hash = json["key_hash"]?.string.flatMap { Array(hex: $0) } ?? []
        prefix = json["key_prefix"]?.string ?? ""
        name = json["name"]?.string ?? ""
        role = json["role"]?.string.flatMap(Role.init) ?? .client
        tenant = json["tenant"]?.string
        limits = RateLimits(json["rate_limits"])
        let members = json["metadata"]?.members ?? []
        metadata = Dictionary(members.map { ($0.name, $0.value.string ?? "") }) { $1 }
        actor = Actor(json["actor"])
    }
}

/// What a change of a key says; nil leaves things as they are.
public struct KeyChange: Sendable, Equatable {
    public var name: String?
    public var isEnabled: Bool?
    public var role: Role?
    /// Only the windows that change; nil as value lifts the limit.
    public var limits: [RatePeriod: Int64?]

    public init(
        name: String? = nil, isEnabled: Bool? = nil, role: Role? = nil, limits: [RatePeriod: Int64?] = [:]
    ) {
        self.name = name
        self.isEnabled = isEnabled
        self.role = role
        self.limits = limits
    }

    /// Whether it says nothing.
    public var isEmpty: Bool { self == KeyChange() }
}

/// A key was renamed, switched on or off, or got another role or other limits.
public struct KeyChanged: EventBody {
    public static let type = EventType.keyChanged
    public var hash: Digest32
    public var change: KeyChange
    public var actor: Actor

    public init(hash: Digest32, change: KeyChange, actor: Actor) {
        self.hash = hash
        self.change = change
        self.actor = actor
    }

    public var json: JSONValue {
        var members = [JSONMember("actor", actor.json), JSONMember("key_hash", .string(hash.hex))]
        if let name = change.name { members.append(JSONMember("name", .string(name))) }
        if let isEnabled = change.isEnabled { members.append(JSONMember("enabled", .bool(isEnabled))) }
        if let role = change.role { members.append(JSONMember("role", .string(role.rawValue))) }
        let limits = RatePeriod.allCases.compactMap { period in
            change.limits[period].map { JSONMember(period.rawValue, .int(orNull: $0)) }
        }
        if !limits.isEmpty { members.append(JSONMember("rate_limits", .object(limits))) }
        return .object(members)
    }

    public init(_ json: JSONValue) {
        hash = json["key_hash"]?.string.flatMap { Array(hex: $0) } ?? []
        change = KeyChange(
            name: json["name"]?.string, isEnabled: json["enabled"]?.bool,
            role: json["role"]?.string.flatMap(Role.init))
        for period in RatePeriod.allCases {
            if let value = json["rate_limits"]?[period.rawValue] { change.limits[period] = .some(value.int) }
        }
        actor = Actor(json["actor"])
    }
}

/// A key was revoked for good.
public struct KeyRevoked: EventBody {
    public static let type = EventType.keyRevoked
    public var hash: Digest32
    public var actor: Actor

    public init(hash: Digest32, actor: Actor) {
        self.hash = hash
        self.actor = actor
    }

    public var json: JSONValue { ["actor": actor.json, "key_hash": .string(hash.hex)] }

    public init(_ json: JSONValue) {
        hash = json["key_hash"]?.string.flatMap { Array(hex: $0) } ?? []
        actor = Actor(json["actor"])
    }
}
