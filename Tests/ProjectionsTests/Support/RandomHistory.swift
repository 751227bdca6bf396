import Events

/// A generator whose numbers depend on its seed alone (SplitMix64), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Writes a plausible random life of some sessions, event after event: all kinds of file and execution events, names
/// that are used again, links given new names, versions deleted, attempts repeated, labels with strange characters,
/// types that no reader knows.
struct RandomHistory {
    private struct Session {
        var id: String
        var files: [(id: String, name: String)] = []
        var open: [String] = []
        var isOver = false
    }

    private static let labels: [String?] = [nil, "u-1", "u-2", "ümlaut 数据", "quote\"\\"]
    private static let names = ["data.csv", "out/plot.png", "a b.txt", "数据.json", "x", "y", "z", "deep/er/file"]
    private static let owners = [
        Owner(tenant: "t1"), Owner(tenant: "t2"), Owner(tenant: "t1", principal: "alice"),
        Owner(tenant: "t1", principal: "bob"),
    ]

    private var random: SeededGenerator
    private var sessions: [Session]
    private var owner: [String: Owner] = [:]

    init(seed: UInt64, sessions count: Int) {
        random = SeededGenerator(seed: seed)
        sessions = []
        for _ in 0..<count { sessions.append(Session(id: Identifier.random())) }
    }

    /// The next append: a session and one to six events.
    mutating func next() -> (session: String, events: [NewEvent]) {
        let index = Int.random(in: 0..<sessions.count, using: &random)
        var session = sessions[index]
        let id = session.id
        var events: [NewEvent] = []
        if owner[id] == nil {
            let one = pick(Self.owners)
            owner[id] = one
            events.append(
                Samples.created(
                    kind: chance(8) ? .shared : .private, owner: one, endUser: pick(Self.labels),
                    entityID: pick(Self.labels)))
        }
        for _ in 0..<Int.random(in: 1...5, using: &random) { events.append(event(&session)) }
        sessions[index] = session
        return (id, events)
    }

    private mutating func event(_ session: inout Session) -> NewEvent {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<16: return add(&session) { Samples.uploaded($0, name: $1, size: $2) }
        case 16..<26: return link(&session)
        case 26..<44:
            guard let execution = session.open.last else { return request(&session) }
            return add(&session) { id, name, _ in Samples.written(id, name: name, execution: execution) }
        case 44..<54: return delete(&session)
        case 54..<68: return request(&session)
        case 68..<90: return advance(&session)
        case 90..<92: return NewEvent(EventType(rawValue: "state.saved"), body: ["sha256": "x"])
        case 92..<94:
            return NewEvent(EventType(rawValue: "execution.output"), execution: session.open.last, body: [:])
        case 94 where !session.isOver:
            session.isOver = true
            return NewEvent(chance(2) ? .sessionDeleted : .sessionExpired, body: [:])
        default: return advance(&session)
        }
    }

    private mutating func add(
        _ session: inout Session, _ make: (String, String, Int64) -> NewEvent
    ) -> NewEvent {
        let id = Identifier.random()
        let name = pick(Self.names)
        session.files.append((id, name))
        return make(id, name, Int64.random(in: 0...5000, using: &random))
    }

    private mutating func link(_ session: inout Session) -> NewEvent {
        // One link in three gives a file that is here already another name.
        if chance(3), let index = session.files.indices.randomElement(using: &random) {
            session.files[index].name = pick(Self.names)
            let file = session.files[index]
            return Samples.linked(file.id, name: file.name, source: session.id)
        }
        let source = pick(sessions).id
        return add(&session) { id, name, _ in Samples.linked(id, name: name, source: source) }
    }

    private mutating func delete(_ session: inout Session) -> NewEvent {
        guard let index = session.files.indices.randomElement(using: &random) else { return request(&session) }
        let file = session.files[index]
        if chance(2) { return Samples.deleted(file.id, name: file.name, .current) }
        session.files.remove(at: index)
        return Samples.deleted(file.id, name: file.name, .version)
    }

    private mutating func request(_ session: inout Session) -> NewEvent {
        let id = Identifier.random()
        session.open.append(id)
        return Samples.requested(
            id, language: pick(["py", "js", "bash"]), owner: owner[session.id] ?? Samples.owner,
            endUser: pick(Self.labels), entityID: pick(Self.labels))
    }

    private mutating func advance(_ session: inout Session) -> NewEvent {
        guard let index = session.open.indices.randomElement(using: &random) else { return request(&session) }
        let execution = session.open[index]
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return Samples.claimed(execution, attempt: Int64.random(in: 1...3, using: &random))
        case 1: return Samples.started(execution)
        default:
            session.open.remove(at: index)
            return Samples.finished(execution, chance(2) ? .completed : .failed)
        }
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }

    private mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }
}
