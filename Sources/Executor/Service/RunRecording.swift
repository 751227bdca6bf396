import Events

/// Gathers what one run adds to the log: events, small blobs for the same transaction, large ones written ahead.
struct RunRecording {
    /// A blob up to this size travels in the transaction of its event.
    static let smallBlob = 1 << 20
    /// Bytes of small blobs in one transaction; beyond, even small ones are written ahead.
    static let smallBlobsTogether = 4 << 20

    let session: String
    let execution: String
    let blobs: any BlobStore
    var events: [NewEvent] = []
    private(set) var small: [NewBlob] = []
    private(set) var contents: [StoredContent] = []
    /// Names of inputs that the program removed.
    private(set) var removed: [String] = []
    private var smallBytes = 0

    init(session: String, execution: String, blobs: any BlobStore) {
        self.session = session
        self.execution = execution
        self.blobs = blobs
    }

    /// Records the files a run wrote, changed and removed, and returns the answer's list in path order.
    mutating func keep(
        _ found: CollectedFiles, of request: ExecutionRequested, from sandbox: any Sandbox
    ) async throws -> [OutputFile] {
        let inputs = Dictionary(request.inputs.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        var files: [OutputFile] = []
        let readOnly = Set(request.inputs.lazy.filter(\.readOnly).map(\.name))
        for file in found.created + found.modified where !Self.isBelow(file.path, any: readOnly) {
            let sha256 = try await store(file, from: sandbox)
            let id = Identifier.random()
            let source = inputs[file.path]?.file
            let body = FileWritten(
                file: FileContent(
                    id: id, name: file.path, size: Int64(file.size), sha256: sha256, contentType: nil,
                    readOnly: false),
                modifiedFrom: source)
            events.append(body.event(execution: execution))
            files.append(
                OutputFile(
                    id: id, name: file.path, size: Int64(file.size), sha256: sha256, modifiedFrom: source))
        }
        // A user who asks to make a file again gets it, although it came out the same (C6).
        for path in found.rewritten {
            guard let input = inputs[path], !input.requested else { continue }
            files.append(
                OutputFile(
                    id: input.file.id, name: path, size: input.size, sha256: input.sha256, modifiedFrom: nil,
                    existing: true))
        }
        for path in found.deleted {
            guard let input = inputs[path], !input.readOnly else { continue }
            removed.append(path)
            let body = FileDeleted(
                fileID: input.file.id, name: path, scope: .current, actor: Actor(id: execution, kind: "execution"))
            events.append(body.event(execution: execution))
        }
        return files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// A directory that took the place of a read-only file is a replacement too, and is discarded with all in it.
    private static func isBelow(_ path: String, any files: Set<String>) -> Bool {
        guard !files.isEmpty else { return false }
        return path.indices.contains { path[$0] == "/" && files.contains(String(path[..<$0])) }
    }

    private mutating func store(_ file: CollectedFile, from sandbox: any Sandbox) async throws -> [UInt8] {
        if file.size <= UInt64(Self.smallBlob), smallBytes + Int(file.size) <= Self.smallBlobsTogether {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(Int(file.size))
            for try await piece in try sandbox.contents(of: file) { bytes.append(contentsOf: piece) }
            return add(bytes)
        }
        let writer = blobs.writer(session: session)
        for try await piece in try sandbox.contents(of: file) { try await writer.write(piece) }
        let content = try await writer.finish()
        contents.append(content)
        return content.sha256
    }

    private mutating func add(_ bytes: [UInt8]) -> [UInt8] {
        let blob = NewBlob(session: session, bytes: bytes)
        if !small.contains(where: { $0.sha256 == blob.sha256 }) {
            small.append(blob)
            smallBytes += bytes.count
        }
        return blob.sha256
    }

    private mutating func store(_ stream: CapturedOutput) async throws -> StreamRecord {
        guard !stream.bytes.isEmpty else {
            return StreamRecord(sha256: EventHash.sha256([]), totalBytes: Int64(stream.totalBytes), keptBytes: 0)
        }
        return StreamRecord(
            sha256: try await store(stream.bytes), totalBytes: Int64(stream.totalBytes),
            keptBytes: Int64(stream.bytes.count))
    }

    /// Stores bytes that are in memory; large ones are written ahead. Returns their digest.
    mutating func store(_ bytes: [UInt8]) async throws -> [UInt8] {
        guard bytes.count > Self.smallBlob else { return add(bytes) }
        let writer = blobs.writer(session: session)
        try await writer.write(bytes)
        let content = try await writer.finish()
        contents.append(content)
        return content.sha256
    }

    /// The terminal body, with both streams stored.
    mutating func finished(
        _ outcome: RunOutcome, request: ExecutionRequested, files: [OutputFile],
        skipped: [SkippedFile], state: StateOutcome?, startedAt: Timestamp, attempt: Int64, executor: String,
        source: String, configuration: ExecutorConfiguration
    ) async throws -> ExecutionFinished {
        // Outside bash a stream of only whitespace is shown as empty (CONTRACT 5.8.4).
        let isSilent =
            outcome.stderr.bytes.isEmpty
            || request.language != "bash" && outcome.stderr.bytes.allSatisfy { $0 == 0x20 || (9...13).contains($0) }
        let summary = OutcomeSummary(
            outcome, timeout: request.timeout, configuration: configuration, isStandardErrorEmpty: isSilent)
        var counters: [String: Int64] = [:]
        if outcome.counters.memoryKills > 0 { counters["memory_kills"] = Int64(outcome.counters.memoryKills) }
        if outcome.counters.processLimitHits > 0 {
            counters["process_limit_hits"] = Int64(outcome.counters.processLimitHits)
        }
        if outcome.counters.diskFull { counters["disk_full"] = 1 }
        return ExecutionFinished(
            status: summary.status, reason: summary.reason, exitCode: outcome.exitCode.map(Int64.init),
            signal: outcome.signal, message: summary.message, stdout: try await store(outcome.stdout),
            stderr: try await store(outcome.stderr), startedAt: startedAt,
            duration: outcome.duration.milliseconds, compile: outcome.compileDuration?.milliseconds,
            cpu: outcome.usage.processorTime.milliseconds, memoryPeak: Int64(clamping: outcome.usage.memoryPeakBytes),
            files: files, skipped: skipped, removed: removed, counters: counters, attempt: attempt, executor: executor,
            executorKind: "local", sandboxSource: source, toolchain: outcome.toolchain, state: state)
    }
}
