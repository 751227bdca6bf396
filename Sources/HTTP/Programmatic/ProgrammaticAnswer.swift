import Events

/// The replies of a programmatic run (CONTRACT 9.2).
enum ProgrammaticAnswer {
    /// The code waits for these tools.
    static func round(_ event: Event, _ token: ContinuationToken) -> [UInt8] {
        let calls = ToolCallRequested(event.body).calls.map { call -> JSONValue in
            ["id": .string(call.id), "name": .string(call.name), "input": call.input]
        }
        return JSONWriter.compact([
            "status": "tool_call_required", "continuation_token": .string(token.text), "tool_calls": .array(calls),
            "partial_stdout": "", "partial_stderr": "", "session_id": .string(token.session),
            "execution_id": .string(token.execution),
        ])
    }

    /// The run has ended. Clients show `error` only if it is one of the texts of the contract.
    static func end(_ finished: ExecutionFinished, _ event: Event, _ streams: ExecStreams) -> [UInt8] {
        var json = JSONText(capacity: streams.stdout.count + streams.stderr.count + 1024)
        let error = error(of: finished)
        json.add("status", .string(error == nil ? "completed" : "error"))
        if let error { json.add("error", .string(error)) }
        json.add("stdout", text: streams.stdout)
        json.add("stderr", text: streams.stderr)
        let files = finished.files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        json.add("files", .array(error == nil ? files.map { $0.answer(session: event.session) } : []))
        json.add("session_id", .string(event.session))
        json.add("execution_id", .string(event.execution ?? ""))
        json.add("exit_code", .int(orNull: finished.exitCode))
        json.add("receipt", ExecAnswer.receipt(event))
        return json.finish()
    }

    /// What a failure after the first byte looks like (CONTRACT 5.10).
    static func failed(session: String, execution: String, _ error: APIError) -> [UInt8] {
        JSONWriter.compact([
            "status": "error", "error": .string(generalError), "error_type": .string(error.type), "stdout": "",
            "stderr": .string("Execution failed: \(error.error)"), "files": [], "session_id": .string(session),
            "execution_id": .string(execution), "exit_code": nil, "receipt": nil,
        ])
    }

    private static let generalError = "Execution failed or timed out"
    private static let unregistered = "Sandbox requested an unregistered tool: "

    static func error(of finished: ExecutionFinished) -> String? {
        switch (finished.status, finished.reason) {
        case (.completed, _): nil
        case (_, .timeLimit): "Time limit exceeded"
        case (_, .memoryLimit): "Out of memory"
        case (.failed, _): finished.exitCode.map { "Sandbox exited with code \($0)" } ?? generalError
        case (.error, _) where finished.message?.hasPrefix(unregistered) == true: finished.message
        default: generalError
        }
    }
}
