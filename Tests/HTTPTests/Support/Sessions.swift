import Events

/// Hand-built sessions and requests.
enum Make {
    static let alice = Owner(tenant: "acme", principal: "alice")
    static let bob = Owner(tenant: "acme", principal: "bob")
    static let stranger = Owner(tenant: "other")

    static func id(_ letter: Character) -> String { String(repeating: letter, count: 21) }

    static func file(
        _ id: String, _ name: String, in bucket: String, position: Int64 = 1, size: Int64 = 10,
        resource: ResourceIdentity = ResourceIdentity(), readOnly: Bool = false, origin: FileOrigin = .upload
    ) -> SessionFile {
        SessionFile(
            content: FileContent(
                id: id, name: name, size: size, sha256: EventHash.sha256(Array(id.utf8)), contentType: nil,
                readOnly: readOnly),
            bucket: bucket, origin: origin, createdAt: Timestamp(milliseconds: 0), position: position, execution: nil,
            modifiedFrom: nil, resource: resource, isCurrent: true)
    }

    /// A live session; of files with one name the last is the current one.
    static func session(
        _ id: String, owner: Owner = alice, kind: SessionKind = .private, endUser: String? = nil,
        entityID: String? = nil, status: SessionStatus = .active, files: [SessionFile] = []
    ) -> SessionState {
        var state = SessionState(id: id)
        state.owner = owner
        state.kind = kind
        state.endUser = endUser
        state.entityID = entityID
        state.status = status
        state.version = Int64(files.count + 1)
        for file in files {
            if let replaced = state.current[file.name] { state.files[replaced]?.isCurrent = false }
            state.files[file.id] = file
            state.current[file.name] = file.id
        }
        return state
    }

    static func request(
        owner: Owner = alice, session: String? = nil, runtime: String? = nil, entityID: String? = nil,
        endUser: String? = nil, files: [RequestedFile] = [], identities: [Owner]? = nil
    ) -> RunRequest {
        RunRequest(
            language: "bash", code: Array("true".utf8), timeout: 30_000, sessionHint: session, runtimeHint: runtime,
            entityID: entityID, endUser: endUser, files: files, owner: owner, actor: Actor(id: owner.tenant, kind: "api_key"),
            readership: Readership(owners: identities ?? [owner]))
    }

    static func item(
        _ id: String?, _ name: String?, in bucket: String?, echoed: Bool = false,
        stated: ResourceIdentity = ResourceIdentity()
    ) -> RequestedFile {
        RequestedFile(id: id, name: name, bucket: bucket, stated: stated, isEchoed: echoed)
    }

    static func known(_ sessions: SessionState...) -> KnownSessions {
        KnownSessions(Dictionary(sessions.map { ($0.id, $0) }, uniquingKeysWith: { $1 }))
    }
}
