/// Makes, changes and revokes managed keys: decides against the administration stream and appends to it.
public struct KeyAdministration: Sendable {
    private static let page = 1000
    /// Tries against other administrators at the same moment.
    private static let attempts = 20

    private let log: any EventLog

    /// Over a log that takes appends.
    public init(log: any EventLog) { self.log = log }

    /// What a new key shall be.
    public struct NewKey: Sendable, Equatable {
        public var name: String
        public var role: Role
        public var tenant: String?
        public var limits: RateLimits
        public var metadata: [String: String]

        public init(
            name: String, role: Role = .client, tenant: String? = nil, limits: RateLimits = RateLimits(),
            metadata: [String: String] = [:]
        ) {
            self.name = name
            self.role = role
            self.tenant = tenant
            self.limits = limits
            self.metadata = metadata
        }
    }

    /// Brings a fold of the keys up to the log's head.
    public func update(_ keys: ManagedKeys) async throws -> ManagedKeys {
        var keys = keys
        while true {
            let events = try await log.read(session: Identifier.administration, after: keys.version, limit: Self.page)
            for event in events {
                guard keys.apply(event) else { throw LogError(.corrupt, "the administration stream has a gap") }
            }
            if events.count < Self.page { return keys }
        }
    }

    /// Makes a key.
    ///
    /// - Returns: the key itself, which nothing can show again, and its record.
    public func create(_ new: NewKey, actor: Actor) async throws -> (key: String, record: ManagedKey) {
        let key = APIKey.random()
        let hash = APIKey.digest(of: key)
        let body = KeyCreated(
            hash: hash, prefix: APIKey.prefix(of: key), name: new.name, role: new.role, tenant: new.tenant,
            limits: new.limits, metadata: new.metadata, actor: actor)
        let append = Append(session: Identifier.administration, expected: .any, events: [body.event()])
        guard let event = try await log.append(append).committed?.first else {
            throw LogError(.unavailable, "the key was not recorded")
        }
        let record = ManagedKey(
            hash: hash, prefix: body.prefix, name: new.name, role: new.role, tenant: new.tenant, limits: new.limits,
            metadata: new.metadata, createdAt: event.time, position: event.position)
        return (key, record)
    }

    /// Changes a key. A change that says nothing is not recorded.
    ///
    /// - Returns: false if there is no such key.
    public func change(_ hash: Digest32, _ change: KeyChange, actor: Actor) async throws -> Bool {
        try await append(
            to: hash, change.isEmpty ? nil : KeyChanged(hash: hash, change: change, actor: actor).event())
    }

    /// Revokes a key for good.
    ///
    /// - Returns: false if there is no such key.
    public func revoke(_ hash: Digest32, actor: Actor) async throws -> Bool {
        try await append(to: hash, KeyRevoked(hash: hash, actor: actor).event())
    }

    private func append(to hash: Digest32, _ event: NewEvent?) async throws -> Bool {
        var keys = ManagedKeys()
        for _ in 0..<Self.attempts {
            keys = try await update(keys)
            guard keys[hash] != nil else { return false }
            guard let event else { return true }
            let append = Append(
                session: Identifier.administration, expected: .exactly(keys.version), events: [event])
            if try await log.append(append).committed != nil { return true }
        }
        throw LogError(.unavailable, "the keys are being changed by others, try again")
    }
}
