/// What an upload said about whom its files belong to (CONTRACT 7.1); all nil when it said nothing.
public struct ResourceIdentity: Sendable, Equatable, Hashable {
    /// `user`, `agent` or `skill`.
    public var kind: String?
    public var id: String?
    public var version: String?
    public var entityID: String?

    public init(kind: String? = nil, id: String? = nil, version: String? = nil, entityID: String? = nil) {
        self.kind = kind
        self.id = id
        self.version = version
        self.entityID = entityID
    }

    /// Whether every principal of the tenant may read the file (CONTRACT 3.2, sharing exception).
    public var isShared: Bool { kind == "agent" || kind == "skill" || !(entityID ?? "").isEmpty }

    var json: JSONValue {
        [
            "entity_id": .string(orNull: entityID), "id": .string(orNull: id), "kind": .string(orNull: kind),
            "version": .string(orNull: version),
        ]
    }

    init(_ json: JSONValue?) {
        self.init(
            kind: json?["kind"]?.string, id: json?["id"]?.string, version: json?["version"]?.string,
            entityID: json?["entity_id"]?.string)
    }
}

/// Name, size and digest of one file version; what every file event carries.
public struct FileContent: Sendable, Equatable {
    public var id: String
    /// Relative NFC path below `/mnt/data`.
    public var name: String
    /// Bytes.
    public var size: Int64
    public var sha256: Digest32
    /// As stated by the uploader, or guessed from the extension when served; nil when unknown.
    public var contentType: String?
    public var readOnly: Bool

    public init(id: String, name: String, size: Int64, sha256: Digest32, contentType: String?, readOnly: Bool) {
        self.id = id
        self.name = name
        self.size = size
        self.sha256 = sha256
        self.contentType = contentType
        self.readOnly = readOnly
    }

    var members: [JSONMember] {
        [
            JSONMember("content_type", .string(orNull: contentType)), JSONMember("file_id", .string(id)),
            JSONMember("name", .string(name)), JSONMember("read_only", .bool(readOnly)),
            JSONMember("sha256", .string(sha256.hex)), JSONMember("size", .int(size)),
        ]
    }

    /// Reads the members that every file event carries.
    public init(_ json: JSONValue) {
        id = json["file_id"]?.string ?? ""
        name = json["name"]?.string ?? ""
        size = json["size"]?.int ?? 0
        sha256 = json["sha256"]?.string.flatMap { [UInt8](hex: $0) } ?? []
        contentType = json["content_type"]?.string
        readOnly = json["read_only"]?.bool ?? false
    }
}

/// Names one version of a file: its id and the session whose bytes it is.
public struct FileReference: Sendable, Equatable, Hashable {
    public var id: String
    /// The session that owns the bytes (`storage_session_id`).
    public var session: String

    public init(id: String, session: String) {
        self.id = id
        self.session = session
    }

    /// As CONTRACT 5.5 shows `modified_from`.
    public var json: JSONValue { ["id": .string(id), "storage_session_id": .string(session)] }

    init?(_ json: JSONValue?) {
        guard let id = json?["id"]?.string, let session = json?["storage_session_id"]?.string else { return nil }
        self.init(id: id, session: session)
    }
}

public struct FileUploaded: EventBody {
    public static let type = EventType.fileUploaded
    public var file: FileContent
    public var resource: ResourceIdentity
    public var actor: Actor

    public init(file: FileContent, resource: ResourceIdentity, actor: Actor) {
        self.file = file
        self.resource = resource
        self.actor = actor
    }

    public var json: JSONValue {
        .object(file.members + [JSONMember("actor", actor.json), JSONMember("resource", resource.json)])
    }

    public init(_ json: JSONValue) {
        file = FileContent(json)
        resource = ResourceIdentity(json["resource"])
        actor = Actor(json["actor"])
    }
}

/// A file of another session became current here under a name, and its id resolves here (alias).
public struct FileLinked: EventBody {
    public static let type = EventType.fileLinked
    public var file: FileContent
    /// The session that owns the bytes.
    public var source: String
    public var resource: ResourceIdentity

    public init(file: FileContent, source: String, resource: ResourceIdentity) {
        self.file = file
        self.source = source
        self.resource = resource
    }

    public var json: JSONValue {
        .object(file.members + [JSONMember("resource", resource.json), JSONMember("source", .string(source))])
    }

    public init(_ json: JSONValue) {
        file = FileContent(json)
        source = json["source"]?.string ?? ""
        resource = ResourceIdentity(json["resource"])
    }
}

public struct FileWritten: EventBody {
    public static let type = EventType.fileWritten
    public var file: FileContent
    public var modifiedFrom: FileReference?

    public init(file: FileContent, modifiedFrom: FileReference?) {
        self.file = file
        self.modifiedFrom = modifiedFrom
    }

    public var json: JSONValue {
        .object(file.members + [JSONMember("modified_from", modifiedFrom?.json ?? .null)])
    }

    public init(_ json: JSONValue) {
        file = FileContent(json)
        modifiedFrom = FileReference(json["modified_from"])
    }
}

public struct FileDeleted: EventBody {
    public static let type = EventType.fileDeleted

    /// How much goes.
    public enum Scope: String, Sendable {
        /// The version (or alias) itself: it is gone from lists, mounts and downloads.
        case version
        /// Only the name: a program removed the file; its versions stay downloadable.
        case current
    }

    public var fileID: String
    public var name: String
    public var scope: Scope
    public var actor: Actor

    public init(fileID: String, name: String, scope: Scope, actor: Actor) {
        self.fileID = fileID
        self.name = name
        self.scope = scope
        self.actor = actor
    }

    public var json: JSONValue {
        [
            "actor": actor.json, "file_id": .string(fileID), "name": .string(name), "scope": .string(scope.rawValue),
        ]
    }

    public init(_ json: JSONValue) {
        fileID = json["file_id"]?.string ?? ""
        name = json["name"]?.string ?? ""
        scope = json["scope"]?.string.flatMap(Scope.init) ?? .version
        actor = Actor(json["actor"])
    }
}
