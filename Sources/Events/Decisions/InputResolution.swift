/// What a run gets to see, and what that changes in its session (CONTRACT 5.3).
public struct InputResolution: Sendable, Equatable {
    /// Mounted files: the request's items in their order, then the sticky ones by name.
    public var inputs: [ExecutionInput] = []
    /// Items that were not mounted, as the client named them.
    public var missing: [MissingInput] = []
    /// Files that gave way because a path cannot be a file and a directory at once (C20).
    public var skipped: [SkippedFile] = []
    /// Files that become current in the session: foreign ones named for the first time, and own ones under a new
    /// name (C5).
    public var links: [FileLinked] = []

    /// Nothing mounted, nothing changed.
    public init() {}

    /// - Parameter session: the chosen session, or an empty state for a new one.
    public static func resolve(
        _ request: RunRequest, in session: SessionState, known: KnownSessions
    ) -> InputResolution {
        var resolution = InputResolution()
        let wanted = implicit(request, in: session, known) + resolution.explicit(request, in: session, known)
        let requested = resolution.mount(wanted)
        resolution.links = links(for: requested, in: session)
        let sticky = resolution.sticky(in: session, beside: requested, known)
        resolution.inputs = requested.map(\.input) + sticky
        return resolution
    }

    /// A found file on its way to its mount path.
    private struct Candidate {
        var input: ExecutionInput
        var file: SessionFile
    }

    /// All current files of a shared session that `session_id` names: it never runs anything, but what it holds is
    /// wanted (D7).
    private static func implicit(
        _ request: RunRequest, in session: SessionState, _ known: KnownSessions
    ) -> [Candidate] {
        guard let hint = request.sessionHint, hint != session.id, let shared = known.states[hint], shared.isLive,
            shared.kind == .shared
        else { return [] }
        return shared.currentFiles.compactMap { file in
            guard known.isAlive(file, in: shared), request.readership.reads(file, in: shared) else { return nil }
            return Candidate(
                input: ExecutionInput(file, name: file.name, requested: true, echoed: false, bucket: file.bucket),
                file: file)
        }
    }

    /// The request's items that exist, may be read and have a safe name. The others are missing; the run goes on.
    private mutating func explicit(
        _ request: RunRequest, in session: SessionState, _ known: KnownSessions
    ) -> [Candidate] {
        request.files.compactMap { item in
            guard let found = known.find(item, for: request, session: session),
                let name = MountPath.normalize(item.name ?? found.file.name)
            else {
                missing.append(MissingInput(id: item.id, name: item.name))
                return nil
            }
            let input = ExecutionInput(
                found.file, name: name, requested: true, echoed: item.isEchoed, bucket: item.bucket ?? found.file.bucket
            )
            return Candidate(input: input, file: found.file)
        }
    }

    /// Of items with one mount path the last wins; so does the later of two of which one needs a directory where the
    /// other is a file.
    private mutating func mount(_ candidates: [Candidate]) -> [Candidate] {
        var paths = MountedPaths()
        var kept: [Candidate] = []
        for candidate in candidates.reversed() {
            switch paths.add(candidate.input.name) {
            case .free: kept.append(candidate)
            case .taken: break
            case .blocked: skipped.append(SkippedFile(candidate.input))
            }
        }
        return kept.reversed()
    }

    /// The session's current files that the request does not name: newest first where they are in each other's way.
    private mutating func sticky(
        in session: SessionState, beside requested: [Candidate], _ known: KnownSessions
    ) -> [ExecutionInput] {
        var paths = MountedPaths()
        for candidate in requested { _ = paths.add(candidate.input.name) }
        // A renamed file is mounted once, under its new name (C5).
        let renamed = Set(links.map(\.file.id))
        var inputs: [ExecutionInput] = []
        for file in session.currentFiles.sorted(by: { $0.position > $1.position })
        where known.isAlive(file, in: session) && !renamed.contains(file.id) {
            let input = ExecutionInput(file, name: file.name, requested: false, echoed: false, bucket: file.bucket)
            switch paths.add(file.name) {
            case .free: inputs.append(input)
            case .taken: break
            case .blocked: skipped.append(SkippedFile(input))
            }
        }
        return inputs.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// A file id new to the session is linked. One that is current here under another name moves to the requested
    /// one. An older version that something replaced is mounted for this run and stays what it is.
    private static func links(for candidates: [Candidate], in session: SessionState) -> [FileLinked] {
        var linked: Set<String> = []
        return candidates.compactMap { candidate in
            let id = candidate.file.id
            if let own = session.files[id] {
                guard session.current[own.name] == id, own.name != candidate.input.name else { return nil }
                // Named twice, once as it is: it stays.
                guard !candidates.contains(where: { $0.file.id == id && $0.input.name == own.name }) else { return nil }
            }
            guard linked.insert(id).inserted else { return nil }
            var content = candidate.file.content
            content.name = candidate.input.name
            return FileLinked(file: content, source: candidate.file.bucket, resource: candidate.file.resource)
        }
    }
}

extension ExecutionInput {
    fileprivate init(_ file: SessionFile, name: String, requested: Bool, echoed: Bool, bucket: String) {
        self.init(
            file: file.reference, name: name, size: file.content.size, sha256: file.content.sha256,
            readOnly: file.content.readOnly, requested: requested, echoed: echoed, bucket: bucket)
    }
}

extension SkippedFile {
    fileprivate init(_ input: ExecutionInput) { self.init(name: input.name, size: input.size, reason: "bad_name") }
}
