import Events
import Projections

/// Finds files on behalf of a request. What the request may not see is answered like what does not exist.
struct FileLookup: Sendable {
    let sessions: any SessionReader

    /// A live session as the request sees it.
    struct Found: Sendable {
        var session: SessionState
        var file: SessionFile
    }

    /// One file by the ids in a path, or nil: malformed, unknown, foreign, gone, or an alias whose source is gone.
    func file(
        _ file: String, in session: String, for readership: Readership, stated: ResourceIdentity
    ) async throws -> Found? {
        guard Identifier.isWellFormed(session), Identifier.isWellFormed(file),
            let state = try await sessions.load([session], files: [file])[session], state.isLive,
            let found = state.files[file], readership.sees(found, in: state, stated: stated)
        else { return nil }
        guard try await existing([found], in: session).count == 1 else { return nil }
        return Found(session: state, file: found)
    }

    /// All files of a session that the request may see, oldest first.
    func files(in session: String, for readership: Readership, stated: ResourceIdentity) async throws -> [SessionFile] {
        guard Identifier.isWellFormed(session), let state = try await sessions.loadComplete(session), state.isLive
        else { return [] }
        let visible = state.files.values.filter { readership.sees($0, in: state, stated: stated) }
        return try await existing(visible, in: session).sorted { $0.position < $1.position }
    }

    /// Without the aliases whose bytes are gone: they live and die with the file and the session they point to.
    private func existing(_ files: [SessionFile], in session: String) async throws -> [SessionFile] {
        let aliases = files.filter { $0.bucket != session }
        guard !aliases.isEmpty else { return files }
        let sources = try await sessions.load(Array(Set(aliases.map(\.bucket))), files: aliases.map(\.id))
        return files.filter { file in
            guard file.bucket != session else { return true }
            guard let source = sources[file.bucket], source.isLive else { return false }
            return source.files[file.id]?.bucket == file.bucket
        }
    }

    /// Records a use of files listed under a session, and tells for each bucket the time to report (CONTRACT 7.4).
    ///
    /// An alias lives as long as the session that owns its bytes, so that one is touched too and its time reported.
    func touch(_ files: [SessionFile], in session: String) async throws -> [String: Timestamp] {
        var times = [session: try await sessions.touch(session)]
        for bucket in Set(files.map(\.bucket)) where times[bucket] == nil {
            times[bucket] = try await sessions.touch(bucket)
        }
        return times
    }
}

extension Readership {
    /// As `reads`, but sharing never reaches through an alias: that a stranger's private session links an agent's
    /// file must not show that the session exists.
    fileprivate func sees(_ file: SessionFile, in session: SessionState, stated: ResourceIdentity) -> Bool {
        reads(file, in: session, stated: stated) && (file.bucket == session.id || reads(session))
    }
}
