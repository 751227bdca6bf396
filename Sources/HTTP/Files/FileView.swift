import Events

/// A file as lists and probes show it (CONTRACT 7.3, 7.4).
struct FileView {
    let file: SessionFile
    /// The session it is listed under; for an alias not the one that owns the bytes. Both bucket members name this
    /// one: the id resolves here, and deleting it here removes the link only.
    let session: String
    /// Time of the last touch.
    let lastModified: Timestamp

    /// Session id, file id and extension: what object stores would call it.
    var objectName: String { "\(session)/\(file.id)\(FileExtension.of(file.name))" }

    var contentType: String { ContentTypes.served(stored: file.content.contentType, name: file.name) }

    /// The digest as a strong entity tag.
    var etag: String { "\"\(file.content.sha256.hex)\"" }

    /// `detail=simple`.
    var simple: JSONValue {
        ["id": .string(file.id), "name": .string(file.name), "path": .string("/" + file.name)]
    }

    /// Every other `detail`.
    var full: JSONValue {
        var members: [JSONMember] = [
            JSONMember("name", .string(objectName)), JSONMember("id", .string(file.id)),
            JSONMember("fileId", .string(file.id)), JSONMember("session_id", .string(session)),
            JSONMember("storage_session_id", .string(session)), JSONMember("filename", .string(file.name)),
            JSONMember("content", .null), JSONMember("size", .int(file.content.size)),
            JSONMember("lastModified", .string(lastModified.description)),
            JSONMember("createdAt", .string(file.createdAt.description)), JSONMember("etag", .string(etag)),
            JSONMember("contentType", .string(contentType)), JSONMember("read_only", .bool(file.content.readOnly)),
            JSONMember(
                "metadata",
                [
                    "content-type": .string(contentType), "original-filename": .string(file.name),
                    "original-filename-encoded": "none",
                ]),
        ]
        // A null here would overwrite what the client knows (trap 6).
        if let kind = file.resource.kind { members.append(JSONMember("kind", .string(kind))) }
        if let id = file.resource.id { members.append(JSONMember("resource_id", .string(id))) }
        if let version = file.resource.version { members.append(JSONMember("version", .string(version))) }
        return .object(members)
    }

    /// The freshness probe of NEW clients.
    var probe: JSONValue {
        [
            "name": .string(objectName), "originalFilename": .string(file.name), "size": .int(file.content.size),
            "lastModified": .string(lastModified.description), "etag": .string(etag),
            "contentType": .string(contentType), "readOnly": .bool(file.content.readOnly), "id": .string(file.id),
            "storage_session_id": .string(session),
        ]
    }
}
