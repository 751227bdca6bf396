/// Digest and size of a Python state: the blob itself belongs to the session (CONTRACT 8).
public struct StateBlob: Sendable, Equatable {
    public var sha256: Digest32
    /// Raw bytes, version byte included.
    public var size: Int64

    public init(sha256: Digest32, size: Int64) {
        self.sha256 = sha256
        self.size = size
    }

    var members: [JSONMember] {
        [JSONMember("sha256", .string(sha256.hex)), JSONMember("size", .int(size))]
    }

    /// As bodies embed it.
    public var json: JSONValue { .object(members) }

    init?(_ json: JSONValue?) {
        guard let sha256 = json?["sha256"]?.string.flatMap({ [UInt8](hex: $0) }), let size = json?["size"]?.int
        else { return nil }
        self.init(sha256: sha256, size: size)
    }
}

/// A run saved its variables.
public struct StateSaved: EventBody {
    public static let type = EventType.stateSaved
    public var blob: StateBlob
    /// Position of the state event whose blob the run had restored; nil when it began clean. Tells whether an upload
    /// came while it ran.
    public var base: Int64?

    public init(blob: StateBlob, base: Int64?) {
        self.blob = blob
        self.base = base
    }

    public var json: JSONValue { .object(blob.members + [JSONMember("base", .int(orNull: base))]) }

    public init(_ json: JSONValue) {
        blob = StateBlob(json) ?? StateBlob(sha256: [], size: 0)
        base = json["base"]?.int
    }
}

/// A client brought a state of its own.
public struct StateUploaded: EventBody {
    public static let type = EventType.stateUploaded
    public var blob: StateBlob
    public var actor: Actor

    public init(blob: StateBlob, actor: Actor) {
        self.blob = blob
        self.actor = actor
    }

    public var json: JSONValue { .object(blob.members + [JSONMember("actor", actor.json)]) }

    public init(_ json: JSONValue) {
        blob = StateBlob(json) ?? StateBlob(sha256: [], size: 0)
        actor = Actor(json["actor"])
    }
}

/// The session begins clean again.
public struct StateDeleted: EventBody {
    public static let type = EventType.stateDeleted
    public var actor: Actor

    public init(actor: Actor) { self.actor = actor }

    public var json: JSONValue { ["actor": actor.json] }

    public init(_ json: JSONValue) { actor = Actor(json["actor"]) }
}

/// What a run did with the state of its session, as its end records it.
public struct StateOutcome: Sendable, Equatable {
    /// The blob it restored; nil when it began clean.
    public var before: StateBlob?
    /// The blob it saved; nil when it saved none.
    public var after: StateBlob?
    /// What was not kept, or why nothing was: one text each, naming the variable first where there is one.
    public var errors: [String]

    public init(before: StateBlob?, after: StateBlob?, errors: [String]) {
        self.before = before
        self.after = after
        self.errors = errors
    }

    var json: JSONValue {
        [
            "after": after?.json ?? .null, "before": before?.json ?? .null,
            "errors": .array(errors.map(JSONValue.string)),
        ]
    }

    init?(_ json: JSONValue?) {
        guard let json, json.members != nil else { return nil }
        before = StateBlob(json["before"])
        after = StateBlob(json["after"])
        errors = json["errors"]?.array?.compactMap(\.string) ?? []
    }
}
