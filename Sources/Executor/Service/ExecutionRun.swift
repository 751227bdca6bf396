import Events
import FoundationEssentials
import Logging

/// Carries one claimed execution from its request to its terminal event.
struct ExecutionRun: Sendable {
    /// A run shorter than this records its start together with its end: one commit less on the hot path. A longer
    /// one shows in the log while it runs.
    static let startIsRecordedAfter = Duration.milliseconds(100)

    let claimed: ClaimedExecution
    let execution: String
    let request: ExecutionRequested
    let log: any EventLog
    let blobs: any BlobStore
    let provider: any SandboxProvider
    let configuration: ExecutorConfiguration
    let executor: UUID
    let executorName: String
    let logger: Logger
    /// Lets the service end the run: called with the sandbox once there is one.
    let onSandbox: @Sendable (any Sandbox) -> Void
    /// For programmatic runs.
    var pause: RunPause?

    var session: String { claimed.requested.session }
    private var fence: Fence { Fence(execution: execution, claim: claimed.claim) }

    /// Runs it. Errors end in a terminal event too, unless the claim is lost or the log is away for good: then
    /// another executor will take the execution over.
    func carryOut() async {
        let dropped = DropNote()
        do {
            guard try await recordClaim() else { return }
            if let reason = claimed.cancelled { return try await finish(cancelled: reason) }
            guard claimed.attempt <= configuration.maximumAttempts else {
                try await finish(failure: "no executor could finish it in \(configuration.maximumAttempts) attempts")
                return
            }
            guard let language = Language.named(request.language) else {
                try await finish(failure: "language '\(request.language)' is not known to this executor")
                return
            }
            let code = try await blobs.bytes(session: session, sha256: request.codeSHA256)
            let restored = try await stateToRestore()
            let recorded = try await recordedRounds()
            try await provider.withSandbox(for: language) { sandbox in
                let exchange = request.traits.tools.map { tools in
                    ToolExchange(tools: tools, limits: configuration.toolLimits, recorded: recorded)
                }
                try await run(code, language, restored, exchange, dropped, in: sandbox)
            }
        } catch is HandedOver {
            if dropped.isSet { await pause?.giveBack() }
            logger.info("execution handed over", metadata: ["execution": "\(execution)"])
        } catch {
            logger.error("execution failed", metadata: ["execution": "\(execution)", "error": "\(error)"])
            do {
                try await finish(failure: Self.shortReason(error))
            } catch {
                logger.error(
                    "execution left to its lease", metadata: ["execution": "\(execution)", "error": "\(error)"])
            }
        }
    }

    private func recordClaim() async throws -> Bool {
        guard !claimed.recorded else { return true }
        let body = ExecutionClaimed(
            executor: executor, executorName: executorName, claim: claimed.claim, attempt: claimed.attempt)
        return try await append([body.event(execution: execution)])
    }

    /// Nil for a run without Python state.
    private func stateToRestore() async throws -> StateRestore? {
        guard request.traits.keepsState else { return nil }
        return try await StateRestore.find(
            for: claimed.requested, log: log, blobs: blobs, life: configuration.stateLife, logger: logger)
    }

    /// What a programmatic run repeats. One that was claimed with its request has asked for nothing yet.
    private func recordedRounds() async throws -> [RecordedRound] {
        guard request.traits.isProgrammatic, !claimed.recorded else { return [] }
        return try await ToolConversation.recorded(of: claimed.requested, log: log, blobs: blobs)
    }

    private func run(
        _ code: [UInt8], _ language: Language, _ restored: StateRestore?, _ exchange: ToolExchange?,
        _ dropped: DropNote, in sandbox: any Sandbox
    ) async throws {
        onSandbox(sandbox)
        var skipped = try await mount(in: sandbox)
        let startedAt = Timestamp.now()
        let started = ExecutionStarted(
            startedAt: startedAt, sandboxSource: sandbox.source.rawValue, attempt: claimed.attempt
        ).event(execution: execution)
        let startRecorder = Task {
            do {
                // The start stands before the first round of tool calls.
                if exchange == nil { try await Task.sleep(for: Self.startIsRecordedAfter) }
                return try await append([started])
            } catch {
                return false
            }
        }
        defer { startRecorder.cancel() }
        let program = Program(
            language: language, code: code, arguments: request.arguments, timeLimit: .milliseconds(request.timeout),
            compileLimit: configuration.compileLimit, state: restored?.program(configuration), tools: exchange,
            inputs: mounted, owner: request.owner)
        let recorder = request.traits.streamsOutput
            ? OutputRecorder(execution: execution, limit: configuration.maximumStreamedBytes) : nil
        let outputRecording = recorder.map { recorder in Task { await recorder.record(append) } }
        defer { outputRecording?.cancel() }
        let conversation = exchange.flatMap { exchange in
            converse(exchange, in: sandbox, dropped: dropped, started: startRecorder)
        }
        defer { conversation?.cancel() }
        let outcome = try await sandbox.run(program, onOutput: { recorder?.take($0, $1) })
        outputRecording?.cancel()
        await outputRecording?.value
        exchange?.finish()
        conversation?.cancel()
        try await conversation?.value
        if case .infrastructure = outcome.termination, dropped.isPaused { dropped.set() }
        startRecorder.cancel()
        let isStartRecorded = await startRecorder.value
        switch outcome.termination {
        // Not a result: the next holder of the execution produces one.
        case .cancelled(.fenced), .cancelled(.shutdown): throw HandedOver()
        case .infrastructure where dropped.isSet: throw HandedOver()
        default: break
        }

        var recording = RunRecording(session: session, execution: execution, blobs: blobs)
        if !isStartRecorded { recording.events.append(started) }
        var files: [OutputFile] = []
        if outcome.isCollectable {
            let found = try await sandbox.collect(collectionRequest)
            files = try await recording.keep(found, of: request, from: sandbox)
            skipped += found.skipped.map {
                SkippedFile(name: $0.name, size: $0.size.map(Int64.init), reason: $0.reason.rawValue)
            }
        }
        var state: StateOutcome?
        if let restored {
            state = try await recording.keep(
                outcome.state, of: outcome, restored: restored, configuration: configuration)
        }
        let finished = try await recording.finished(
            outcome, request: request, files: files, skipped: skipped, state: state, startedAt: startedAt,
            attempt: claimed.attempt, executor: executorName, source: sandbox.source.rawValue,
            configuration: configuration)
        recording.events.append(finished.event(execution: execution))
        try await appendPatiently(
            Append(
                session: session, expected: .any, events: recording.events, fence: fence,
                blobs: recording.small, contents: recording.contents))
    }

    /// Serves the tool calls of a programmatic run beside it.
    private func converse(
        _ exchange: ToolExchange, in sandbox: any Sandbox, dropped: DropNote, started: Task<Bool, Never>
    ) -> Task<Void, any Error>? {
        guard let pause else { return nil }
        let conversation = ToolConversation(
            execution: execution, session: session, exchange: exchange, sandbox: sandbox, blobs: blobs, pause: pause,
            dropped: dropped
        ) { events in
            guard await started.value else { return false }
            return try await appendPatiently(Append(session: session, expected: .any, events: events, fence: fence))
        }
        return Task { try await conversation.carryOut() }
    }

    /// Mounts what was resolved. An input that cannot stand beside another is skipped with its reason (C20).
    private func mount(in sandbox: any Sandbox) async throws -> [SkippedFile] {
        var skipped: [SkippedFile] = []
        // Request items win over sticky files, so they are mounted first.
        for input in request.inputs.filter(\.requested) + request.inputs.filter({ !$0.requested }) {
            let file = SandboxInput(path: input.name, isReadOnly: input.readOnly) { [blobs] sink in
                for try await piece in blobs.read(session: input.file.session, sha256: input.sha256) {
                    try await sink.write(piece)
                }
            }
            do {
                try await sandbox.mount([file])
            } catch let error as SandboxError where error.code == .pathConflict || error.code == .badPath {
                skipped.append(SkippedFile(name: input.name, size: input.size, reason: "bad_name"))
            }
        }
        return skipped
    }

    private var mounted: [MountedFile] {
        request.inputs.map {
            MountedFile(path: $0.name, sha256: $0.sha256, size: UInt64(max($0.size, 0)), isReadOnly: $0.readOnly)
        }
    }

    private var collectionRequest: CollectionRequest {
        var collection = CollectionRequest(mounted: mounted)
        collection.maximumFileBytes = UInt64(configuration.maximumFileBytes)
        collection.maximumFiles = configuration.maximumOutputFiles
        collection.maximumNewNames = Int(max(configuration.maximumSessionNames - request.sessionNames, 0))
        collection.maximumTotalBytes = UInt64(max(configuration.maximumSessionBytes - request.sessionBytes, 0))
        return collection
    }

    private func finish(failure reason: String) async throws {
        try await finishUnrun(.error, .infrastructure, "Execution failed: \(reason)")
    }

    private func finish(cancelled reason: TerminationReason) async throws {
        try await finishUnrun(.cancelled, reason, "Execution cancelled")
    }

    private func finishUnrun(
        _ status: ExecutionStatus, _ reason: TerminationReason, _ message: String
    ) async throws {
        let body = ExecutionFinished(
            unrun: status, reason, message: message, attempt: claimed.attempt, executor: executorName)
        try await appendPatiently(
            Append(session: session, expected: .any, events: [body.event(execution: execution)], fence: fence))
    }

    /// - Returns: false if the claim is someone else's now.
    private func append(_ events: [NewEvent]) async throws -> Bool {
        let outcome = try await log.append(
            Append(session: session, expected: .any, events: events, fence: fence))
        return outcome.committed != nil
    }

    /// Repeats an append while the database is away: the same command id makes repeating safe, and a result is worth
    /// waiting for. The lease ends the patience.
    ///
    /// - Returns: false if the claim is lost.
    @discardableResult
    private func appendPatiently(_ append: Append) async throws -> Bool {
        for _ in 0..<12 {
            do {
                let isCommitted = try await log.append(append).committed != nil
                if !isCommitted {
                    logger.warning("result dropped: the claim is lost", metadata: ["execution": "\(execution)"])
                }
                return isCommitted
            } catch let error as LogError where error.code == .unavailable {
                try await Task.sleep(for: .milliseconds(500))
            }
        }
        throw LogError(.unavailable, "the database cannot be reached")
    }

    /// A reason a client may see: no path, no host, no system call.
    private static func shortReason(_ error: any Error) -> String {
        switch error {
        case let error as SandboxError:
            switch error.code {
            case .diskFull: "the input files do not fit on the sandbox's disk"
            case .shutDown: "the server is shutting down"
            default: "the sandbox was lost"
            }
        case let error as LogError where error.code == .corrupt: "stored content is missing"
        default: "internal error"
        }
    }
}

/// Ends a run without a result: another executor will produce it.
struct HandedOver: Error {}

extension RunOutcome {
    /// Whether the files of the run are kept: it really started, and nobody called it off (CONTRACT 5.5).
    var isCollectable: Bool {
        switch termination {
        case .cancelled, .infrastructure, .compileError, .compileTimeLimit: false
        default: true
        }
    }
}
