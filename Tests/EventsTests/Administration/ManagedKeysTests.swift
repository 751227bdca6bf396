import Testing

@testable import Events

@Suite struct ManagedKeysTests {
    private let hash = APIKey.digest(of: "sk-one")
    private let actor = Actor(id: "key:1", kind: "api_key")

    private var created: NewEvent {
        var limits = RateLimits()
        limits[.perMinute] = 60
        limits[.daily] = 1000
        return KeyCreated(
            hash: hash, prefix: "sk-one", name: "first", role: .auditor, tenant: "t", limits: limits,
            metadata: ["team": "data"], actor: actor
        ).event()
    }

    private func event(_ new: NewEvent, _ version: Int64, session: String = Identifier.administration) -> Event {
        Event(
            position: version + 100, session: session, version: version, type: new.type,
            time: Timestamp(milliseconds: version), execution: nil, data: new.data, salt: nil, dataCommitment: [],
            previousHash: [], hash: [])
    }

    /// `#expect` cannot call what mutates.
    private func expect(
        _ isComplete: Bool, _ expected: Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(isComplete == expected, sourceLocation: sourceLocation)
    }

    private func changed(_ change: KeyChange) -> NewEvent {
        KeyChanged(hash: hash, change: change, actor: actor).event()
    }

    @Test func `a key is what its creation said`() throws {
        var keys = ManagedKeys()
        expect(keys.apply(event(created, 1)), true)
        let key = try #require(keys[hash])
        #expect(key.name == "first" && key.role == .auditor && key.tenant == "t" && key.isEnabled)
        #expect(key.limits[.perMinute] == 60 && key.limits[.daily] == 1000 && key.limits[.hourly] == nil)
        #expect(key.metadata == ["team": "data"])
        #expect(key.createdAt == Timestamp(milliseconds: 1))
    }

    @Test func `a change touches only what it names, and null lifts a limit`() throws {
        var keys = ManagedKeys()
        _ = keys.apply(event(created, 1))
        _ = keys.apply(event(changed(KeyChange(isEnabled: false, limits: [.perMinute: nil, .hourly: 5])), 2))
        let key = try #require(keys[hash])
        #expect(!key.isEnabled && key.name == "first" && key.role == .auditor)
        #expect(key.limits[.perMinute] == nil && key.limits[.hourly] == 5 && key.limits[.daily] == 1000)
    }

    @Test func `a revoked key is gone, and changes after that bring nothing back`() {
        var keys = ManagedKeys()
        _ = keys.apply(event(created, 1))
        _ = keys.apply(event(KeyRevoked(hash: hash, actor: actor).event(), 2))
        _ = keys.apply(event(changed(KeyChange(isEnabled: true)), 3))
        #expect(keys[hash] == nil && keys.all.isEmpty && keys.version == 3)
    }

    @Test func `an event twice is an event once, and a gap is noticed`() {
        var keys = ManagedKeys()
        expect(keys.apply(event(created, 1)), true)
        expect(keys.apply(event(created, 1)), true)
        let before = keys
        expect(keys.apply(event(KeyRevoked(hash: hash, actor: actor).event(), 3)), false)
        #expect(keys == before)
    }

    @Test func `events of sessions and of unknown types are no keys`() {
        var keys = ManagedKeys()
        expect(keys.apply(event(created, 1, session: Identifier.random())), true)
        #expect(keys.version == 0)
        expect(keys.apply(event(NewEvent(EventType(rawValue: "key.praised"), body: .null), 1)), true)
        #expect(keys.version == 1 && keys.all.isEmpty)
    }

    @Test func `only an enabled admin administers`() {
        var keys = ManagedKeys()
        _ = keys.apply(event(created, 1))
        #expect(!keys.hasAdmin)
        _ = keys.apply(event(changed(KeyChange(role: .admin)), 2))
        #expect(keys.hasAdmin)
        _ = keys.apply(event(changed(KeyChange(isEnabled: false)), 3))
        #expect(!keys.hasAdmin)
    }

    @Test func `the bodies survive being written and read`() {
        let change = KeyChange(name: "n", isEnabled: true, role: .admin, limits: [.monthly: nil, .perSecond: 2])
        let body = KeyChanged(hash: hash, change: change, actor: actor)
        #expect(KeyChanged(body.json) == body)
        #expect(KeyRevoked(KeyRevoked(hash: hash, actor: actor).json) == KeyRevoked(hash: hash, actor: actor))
    }
}

@Suite struct APIKeyTests {
    @Test func `keys are long, different and in the form of the contract`() {
        let keys = (0..<100).map { _ in APIKey.random() }
        #expect(Set(keys).count == 100)
        #expect(keys.allSatisfy { $0.wholeMatch(of: /sk-[A-Za-z0-9_-]{32}/) != nil })
    }

    @Test func `a prefix never tells most of a key`() {
        #expect(APIKey.prefix(of: "sk-" + String(repeating: "a", count: 32)).count == 11)
        #expect(APIKey.prefix(of: "0123456789abcdef").count == 5)
    }

    @Test func `the reserved stream is no id`() {
        #expect(Identifier.administration.utf8.count == Identifier.length)
        #expect(!Identifier.isWellFormed(Identifier.administration))
    }
}
