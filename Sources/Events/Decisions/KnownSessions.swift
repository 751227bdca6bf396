/// The sessions that were read to decide one run, and the questions asked of them. Pure: tells what else must be
/// read, and who reads it fills it in.
public struct KnownSessions: Sendable {
    /// By id, as far as they exist. Each holds its current files and those the request names.
    public var states: [String: SessionState]

    /// Sessions by id.
    public init(_ states: [String: SessionState] = [:]) { self.states = states }

    /// A file that a request may mount, and the session it was found in.
    struct Found {
        var session: SessionState
        var file: SessionFile
    }

    /// Finds the file an item means: by bucket and id, else by id anywhere, else by name inside the bucket
    /// (CONTRACT 5.3). What may not be read is not found.
    func find(_ item: RequestedFile, for request: RunRequest, session chosen: SessionState) -> Found? {
        if let id = item.id {
            if let bucket = item.bucket, let found = readable(id, in: states[bucket], item, request) { return found }
            if let found = readable(id, in: chosen, item, request) { return found }
            for session in states.values.sorted(by: { $0.id < $1.id }) {
                if let found = readable(id, in: session, item, request) { return found }
            }
        }
        guard let bucket = item.bucket, let session = states[bucket],
            let name = item.name.flatMap(MountPath.normalize), let id = session.current[name]
        else { return nil }
        return readable(id, in: session, item, request)
    }

    private func readable(
        _ id: String, in session: SessionState?, _ item: RequestedFile, _ request: RunRequest
    ) -> Found? {
        guard let session, session.isLive, let file = session.files[id], isAlive(file, in: session),
            request.readership.reads(file, in: session, stated: item.stated)
        else { return nil }
        return Found(session: session, file: file)
    }

    /// Whether the bytes of a listed file still exist: an alias dies with the version, or the session, it stands for.
    func isAlive(_ file: SessionFile, in session: SessionState) -> Bool {
        guard file.bucket != session.id else { return true }
        guard let source = states[file.bucket] else { return false }
        return source.isLive && source.files[file.id] != nil
    }

    /// File ids of the request that no known session holds: their owning sessions must be looked up.
    public func unlocatedFiles(of request: RunRequest) -> [String] {
        request.namedFiles.filter { id in !states.values.contains { $0.files[id] != nil } }
    }

    /// Sessions that own bytes behind the aliases of this run and were not read yet, and the ids of those files.
    public func unreadSources(of request: RunRequest, session chosen: SessionState?) -> (
        sessions: [String], files: [String]
    ) {
        var sessions: Set<String> = []
        var files: Set<String> = []
        func note(_ file: SessionFile, in session: SessionState) {
            guard file.bucket != session.id, states[file.bucket]?.files[file.id] == nil else { return }
            // A source that was read and lacks the file has lost it, unless it was read without asking for it.
            sessions.insert(file.bucket)
            files.insert(file.id)
        }
        let named = Set(request.namedFiles)
        for session in states.values {
            for id in named { if let file = session.files[id] { note(file, in: session) } }
        }
        if let chosen { for file in chosen.currentFiles { note(file, in: chosen) } }
        if let hint = request.sessionHint, let session = states[hint] {
            for file in session.currentFiles { note(file, in: session) }
        }
        return (sessions.sorted(), files.sorted())
    }
}
