import Events

/// The body of a finished run (CONTRACT 5.6), from the two events that hold all of it.
struct ExecAnswer {
    let session: String
    let execution: String
    let requested: ExecutionRequested
    let finished: ExecutionFinished
    /// The `execution.finished` event: the receipt. Nil when nothing was recorded.
    let event: Event?
    let streams: ExecStreams
    /// Why there is no result, when more than `finished` is known of it.
    var failure: APIError?

    func json() -> [UInt8] {
        var json = JSONText(capacity: streams.stdout.count + streams.stderr.count + 2048)
        json.add("session_id", .string(session))
        json.add("stdout", text: streams.stdout)
        json.add("stderr", text: streams.stderr)
        json.add("files", .array(outputs + echoes))
        let saved = finished.state?.after
        json.add("has_state", .bool(saved != nil))
        json.add("state_size", .int(orNull: saved?.size))
        json.add("state_hash", .string(orNull: saved?.sha256.hex))
        json.add("code", .int(orNull: finished.exitCode))
        json.add("signal", .string(orNull: finished.signal))
        json.add("message", .string(orNull: streams.message))
        json.add("status", .string(orNull: streams.status))
        json.add("wall_time", .int(finished.duration))
        json.add("execution_id", .string(execution))
        json.add("execution_status", .string(finished.status.rawValue))
        json.add("termination_reason", .string(finished.reason.rawValue))
        json.add("exit_code", .int(orNull: finished.exitCode))
        json.add("duration_ms", .int(finished.duration))
        json.add("language", .string(requested.language))
        json.add("truncation", Self.truncation(finished, streams))
        json.add("inputs_missing", .array(requested.missing.map(\.json)))
        json.add("files_skipped", .array((requested.skipped + finished.skipped).map(\.json)))
        json.add("state_errors", .array((finished.state?.errors ?? []).map(JSONValue.string)))
        json.add("receipt", event.map(Self.receipt) ?? .null)
        if let runtime = requested.runtime {
            json.add("runtime_session_id", .string(session))
            json.add("runtime_status", .string(runtime.rawValue))
        }
        if finished.status == .error {
            // The form every infrastructure failure after admission has (CONTRACT 5.10).
            json.add("error", .string(failure?.error ?? streams.message ?? "Execution failed"))
            json.add("error_type", .string(failure?.type ?? "service_unavailable"))
        }
        return json.finish()
    }

    /// The answer to a run of which nothing is known but that it failed (CONTRACT 5.10).
    static func failed(_ run: RunDecision, _ failure: APIError) -> ExecAnswer {
        let finished = ExecutionFinished(
            unrun: .error, .infrastructure, message: "Execution failed: \(failure.message ?? failure.error)")
        var streams = ExecStreams()
        streams.close(with: finished)
        return ExecAnswer(
            session: run.session, execution: run.execution, requested: run.requested, finished: finished, event: nil,
            streams: streams, failure: failure)
    }

    /// New and changed files by path; a sticky one that was rewritten as it was keeps its id (C6).
    private var outputs: [JSONValue] {
        finished.files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }.map {
            $0.answer(session: session)
        }
    }

    /// Unchanged inputs whose item carried `storage_session_id` (D2): exactly what the client said of them, so that
    /// nothing it knows is overwritten.
    private var echoes: [JSONValue] {
        let changed = Set(finished.files.map(\.name) + finished.removed)
        return requested.inputs.filter { $0.echoed && !changed.contains($0.name) }.map { input in
            [
                "id": .string(input.file.id), "name": .string(input.name), "session_id": .string(input.bucket),
                "storage_session_id": .string(input.bucket), "inherited": true,
            ]
        }
    }

    static func truncation(_ finished: ExecutionFinished, _ streams: ExecStreams) -> JSONValue {
        func stream(_ record: StreamRecord, _ isCut: Bool) -> JSONValue {
            [
                "truncated": .bool(isCut), "total_bytes": .int(record.totalBytes), "kept_bytes": .int(record.keptBytes),
            ]
        }
        return [
            "stdout": stream(finished.stdout, streams.isStdoutCut),
            "stderr": stream(finished.stderr, streams.isStderrCut),
        ]
    }

    static func receipt(_ event: Event) -> JSONValue {
        ["position": .int(event.position), "event_hash": .string(event.hash.hex)]
    }
}

extension OutputFile {
    /// As the answer of a run lists it. The bucket is always the answer's session.
    func answer(session: String) -> JSONValue {
        var members: [JSONMember] = [
            JSONMember("id", .string(id)), JSONMember("name", .string(name)),
            JSONMember("session_id", .string(session)), JSONMember("storage_session_id", .string(session)),
            JSONMember("path", .null), JSONMember("size", .int(size)),
        ]
        if let modifiedFrom { members.append(JSONMember("modified_from", modifiedFrom.json)) }
        return .object(members)
    }
}
