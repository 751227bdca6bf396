extension SessionState {
    /// Folds the next event of this session. Events of types it does not know only advance the head.
    public mutating func apply(_ event: Event) {
        version = event.version
        position = event.position
        headHash = event.hash
        lastActivityAt = event.time
        guard event.data != nil else { return }
        switch event.type {
        case .sessionCreated: create(SessionCreated(event.body), at: event.time)
        case .sessionExpired: status = .expired
        case .sessionDeleted: status = .deleted
        case .sessionErased: status = .erased
        case .fileUploaded:
            let body = FileUploaded(event.body)
            add(body.file, bucket: id, origin: .upload, event: event, resource: body.resource)
        case .fileLinked:
            let body = FileLinked(event.body)
            add(body.file, bucket: body.source, origin: .link, event: event, resource: body.resource)
        case .fileWritten:
            let body = FileWritten(event.body)
            add(body.file, bucket: id, origin: .output, event: event, modifiedFrom: body.modifiedFrom)
        case .fileDeleted: delete(FileDeleted(event.body))
        case .executionRequested: request(ExecutionRequested(event.body))
        // A state that its owner brings back gives an expired session another life (CONTRACT 8).
        case .stateUploaded: if status == .expired { status = .active }
        default: break
        }
    }

    private mutating func create(_ body: SessionCreated, at time: Timestamp) {
        kind = body.kind
        owner = body.owner
        endUser = body.endUser
        entityID = body.entityID
        createdAt = time
    }

    private mutating func request(_ body: ExecutionRequested) {
        executionCount += 1
        // A session of unknown end user adopts the first known one that runs in it (C4).
        if endUser == nil { endUser = body.endUser }
        // Rule 4 of CONTRACT 5.2 looks for the session that ran with an entity id.
        if let entity = body.entityID { entityID = entity }
    }

    private mutating func add(
        _ content: FileContent, bucket: String, origin: FileOrigin, event: Event,
        modifiedFrom: FileReference? = nil, resource: ResourceIdentity = ResourceIdentity()
    ) {
        // A repeated link of the same id gives it a new name here; the old name goes (C5).
        if let earlier = files[content.id], current[earlier.name] == content.id { current[earlier.name] = nil }
        if let replaced = current[content.name] { files[replaced]?.isCurrent = false }
        files[content.id] = SessionFile(
            content: content, bucket: bucket, origin: origin, createdAt: event.time, position: event.position,
            execution: event.execution, modifiedFrom: modifiedFrom, resource: resource, isCurrent: true)
        current[content.name] = content.id
    }

    private mutating func delete(_ body: FileDeleted) {
        if current[body.name] == body.fileID { current[body.name] = nil }
        switch body.scope {
        case .version: files[body.fileID] = nil
        case .current: files[body.fileID]?.isCurrent = false
        }
    }
}
