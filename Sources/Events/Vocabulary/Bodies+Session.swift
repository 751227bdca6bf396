/// An event body that can be written to the log and read back. Reading is tolerant: a member an older or newer
/// writer left out takes its default, so that every event ever written can still be folded.
public protocol EventBody: Sendable, Equatable {
    static var type: EventType { get }
    var json: JSONValue { get }
    init(_ json: JSONValue)
}

extension EventBody {
    /// The event that records this body.
    public func event(execution: String? = nil) -> NewEvent { NewEvent(Self.type, execution: execution, body: json) }
}

/// What a session is for: a private one runs code, a shared one only stores files (CONTRACT 0).
public enum SessionKind: String, Sendable {
    case `private`, shared
}

public struct SessionCreated: EventBody {
    public static let type = EventType.sessionCreated
    public var kind: SessionKind
    public var owner: Owner
    public var endUser: String?
    public var entityID: String?
    public var actor: Actor
    /// The runtime hint that means this session from now on.
    public var runtime: RuntimeBinding?

    public init(
        kind: SessionKind, owner: Owner, endUser: String?, entityID: String?, actor: Actor,
        runtime: RuntimeBinding? = nil
    ) {
        self.kind = kind
        self.owner = owner
        self.endUser = endUser
        self.entityID = entityID
        self.actor = actor
        self.runtime = runtime
    }

    public var json: JSONValue {
        .object(
            [
                JSONMember("actor", actor.json), JSONMember("end_user", .string(orNull: endUser)),
                JSONMember("entity_id", .string(orNull: entityID)), JSONMember("kind", .string(kind.rawValue)),
                JSONMember("principal", .string(owner.principal)), JSONMember("tenant", .string(owner.tenant)),
            ] + (runtime?.members ?? []))
    }

    public init(_ json: JSONValue) {
        kind = json["kind"]?.string.flatMap(SessionKind.init) ?? .private
        actor = Actor(json["actor"])
        let tenant = json["tenant"]?.string ?? actor.id
        owner = Owner(tenant: tenant, principal: json["principal"]?.string ?? tenant)
        endUser = json["end_user"]?.string
        entityID = json["entity_id"]?.string
        runtime = RuntimeBinding(json)
    }
}

/// A session that nobody used for as long as sessions live (CONTRACT 7.7).
public struct SessionExpired: EventBody {
    public static let type = EventType.sessionExpired
    /// The last use: an event or a touch.
    public var usedAt: Timestamp
    /// Hours it lived after that.
    public var hours: Int64

    public init(usedAt: Timestamp, hours: Int64) {
        self.usedAt = usedAt
        self.hours = hours
    }

    public var json: JSONValue {
        [
            "actor": Actor(id: "runledger", kind: "server").json, "last_used_at": .string(usedAt.description),
            "ttl_hours": .int(hours),
        ]
    }

    public init(_ json: JSONValue) {
        usedAt = json["last_used_at"]?.string.flatMap { Timestamp($0) } ?? Timestamp(milliseconds: 0)
        hours = json["ttl_hours"]?.int ?? 0
    }
}
