import Events

/// One execution as its events tell it (CONTRACT 10.4).
struct ExecutionRecord {
    let id: String
    let session: String
    let created: Event
    /// Nil after erasure.
    let requested: ExecutionRequested?
    let attempt: Int64
    let isClaimed: Bool
    let startedAt: Timestamp?
    let sandboxSource: String?
    let finishedEvent: Event?
    /// Nil before the end and after erasure.
    let finished: ExecutionFinished?
    /// Output recorded while it runs; none once it has ended, for then the whole streams are there.
    private let outputs: [ExecutionOutput]
    /// All events of the execution, oldest first.
    let events: [Event]
    /// Whether it stands still until the results of its tool calls are recorded.
    let isWaitingForTools: Bool

    /// - Returns: nil when the events hold no request.
    init?(_ events: [Event]) {
        guard let created = events.first(where: { $0.type == .executionRequested }), let id = created.execution else {
            return nil
        }
        self.id = id
        self.created = created
        self.events = events
        let rounds: Set<EventType> = [.executionToolCallRequested, .executionToolResultsRecorded]
        isWaitingForTools = events.last { rounds.contains($0.type) }?.type == .executionToolCallRequested
        session = created.session
        requested = created.data == nil ? nil : ExecutionRequested(created.body)
        let claims = events.filter { $0.type == .executionClaimed }
        isClaimed = !claims.isEmpty
        let start = events.last { $0.type == .executionStarted && $0.data != nil }.map { ExecutionStarted($0.body) }
        finishedEvent = events.last { $0.type == .executionFinished }
        finished = finishedEvent.flatMap { $0.data == nil ? nil : ExecutionFinished($0.body) }
        outputs = finishedEvent != nil
            ? [] : events.filter { $0.type == .executionOutput }.map { ExecutionOutput($0.body) }
        attempt = finished?.attempt ?? claims.last.map { ExecutionClaimed($0.body).attempt } ?? 0
        startedAt = finished?.startedAt ?? start?.startedAt
        sandboxSource = finished?.sandboxSource ?? start?.sandboxSource
    }

    var isErased: Bool { requested == nil }

    /// What is stored so far of a stream of a run that has not ended. An attempt begins its streams anew.
    func recorded(_ stream: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for piece in outputs where piece.stream == stream && piece.offset <= bytes.count {
            bytes.replaceSubrange(Int(piece.offset)..., with: piece.bytes)
        }
        return bytes
    }

    /// `queued`, `running`, `waiting_for_tools` or how it ended; null when it ended and that is erased.
    var status: String? {
        if let finished { return finished.status.rawValue }
        if finishedEvent != nil { return nil }
        if isWaitingForTools { return "waiting_for_tools" }
        return isClaimed ? "running" : "queued"
    }

    /// Milliseconds from the request to the program's start.
    private var queued: Int64? { startedAt.map { max(0, $0.milliseconds - created.time.milliseconds) } }

    /// - Parameters:
    ///   - code: the recorded code; nil when it is gone.
    ///   - streams: the rendered output of a finished run.
    ///   - calls: its tool calls; none unless it is a programmatic run.
    func json(code: [UInt8]?, streams: ExecStreams?, calls: JSONValue = []) -> JSONValue {
        .object(identity + timing + request(code) + result(streams) + [JSONMember("tool_calls", calls)] + proof)
    }

    private var identity: [JSONMember] {
        [
            JSONMember("execution_id", .string(id)), JSONMember("session_id", .string(session)),
            JSONMember("language", .string(orNull: requested?.language)),
            JSONMember("programmatic", .bool(requested?.traits.isProgrammatic ?? false)),
            JSONMember("end_user", .string(orNull: requested?.endUser)),
            JSONMember("entity_id", .string(orNull: requested?.entityID)),
            JSONMember("idempotency_key", .string(orNull: requested?.traits.idempotencyKey)),
            JSONMember("attempt", .int(attempt)), JSONMember("execution_status", .string(orNull: status)),
            JSONMember("termination_reason", .string(orNull: finished?.reason.rawValue)),
            JSONMember("exit_code", .int(orNull: finished?.exitCode)),
            JSONMember("signal", .string(orNull: finished?.signal)),
            JSONMember("error", .string(orNull: finished?.status == .error ? finished?.message : nil)),
        ]
    }

    private var timing: [JSONMember] {
        [
            JSONMember("created_at", .string(created.time.description)),
            JSONMember("started_at", .string(orNull: startedAt?.description)),
            JSONMember("finished_at", .string(orNull: finishedEvent?.time.description)),
            JSONMember("queued_ms", .int(orNull: queued)), JSONMember("compile_ms", .int(orNull: finished?.compile)),
            JSONMember("duration_ms", .int(orNull: finished?.duration)),
            JSONMember("cpu_ms", .int(orNull: finished?.cpu)),
            JSONMember("memory_peak_bytes", .int(orNull: finished?.memoryPeak)),
            JSONMember("executor", .string(orNull: finished?.executorKind)),
            JSONMember("sandbox_source", .string(orNull: sandboxSource)),
            JSONMember("toolchain", ["version": .string(orNull: finished?.toolchain), "image_digest": nil]),
        ]
    }

    private func request(_ code: [UInt8]?) -> [JSONMember] {
        let changed = Set(finished.map { $0.files.map(\.name) + $0.removed } ?? [])
        let inputs = requested?.inputs.map { input -> JSONValue in
            [
                "id": .string(input.file.id), "name": .string(input.name),
                "storage_session_id": .string(input.file.session), "sha256": .string(input.sha256.hex),
                "size": .int(input.size), "read_only": .bool(input.readOnly),
                "changed": finished == nil ? nil : .bool(changed.contains(input.name)),
            ]
        }
        return [
            JSONMember("code", .string(orNull: code.map { String(decoding: $0, as: UTF8.self) })),
            JSONMember("code_sha256", .string(orNull: requested?.codeSHA256.hex)),
            JSONMember("args", requested.map { .array($0.arguments.map(JSONValue.string)) } ?? .null),
            JSONMember("timeout_ms", .int(orNull: requested?.timeout)),
            JSONMember("inputs", inputs.map(JSONValue.array) ?? .null),
            JSONMember("inputs_missing", requested.map { .array($0.missing.map(\.json)) } ?? .null),
        ]
    }

    private func result(_ streams: ExecStreams?) -> [JSONMember] {
        [
            JSONMember("stdout", .string(orNull: streams.map { String(decoding: $0.stdout, as: UTF8.self) })),
            JSONMember("stderr", .string(orNull: streams.map { String(decoding: $0.stderr, as: UTF8.self) })),
            JSONMember(
                "truncation", finished.flatMap { run in streams.map { ExecAnswer.truncation(run, $0) } } ?? .null),
            JSONMember("files", finished.map { .array($0.files.map { $0.answer(session: session) }) } ?? .null),
            JSONMember("files_skipped", finished.map { .array($0.skipped.map(\.json)) } ?? .null),
            JSONMember("state", state),
        ]
    }

    private var state: JSONValue {
        [
            "before_hash": .string(orNull: finished?.state?.before?.sha256.hex),
            "after_hash": .string(orNull: finished?.state?.after?.sha256.hex),
        ]
    }

    private var proof: [JSONMember] {
        [
            JSONMember("receipt", finishedEvent.map(ExecAnswer.receipt) ?? .null),
            JSONMember("erased", .bool(isErased)),
        ]
    }
}
