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

    public init(kind: SessionKind, owner: Owner, endUser: String?, entityID: String?, actor: Actor) {
        self.kind = kind
        self.owner = owner
        self.endUser = endUser
        self.entityID = entityID
        self.actor = actor
    }

    public var json: JSONValue {
        [
            "actor": actor.json, "end_user": .string(orNull: endUser), "entity_id": .string(orNull: entityID),
            "kind": .string(kind.rawValue), "principal": .string(owner.principal), "tenant": .string(owner.tenant),
        ]
    }

    public init(_ json: JSONValue) {
        kind = json["kind"]?.string.flatMap(SessionKind.init) ?? .private
        actor = Actor(json["actor"])
        let tenant = json["tenant"]?.string ?? actor.id
        owner = Owner(tenant: tenant, principal: json["principal"]?.string ?? tenant)
        endUser = json["end_user"]?.string
        entityID = json["entity_id"]?.string
    }
}
