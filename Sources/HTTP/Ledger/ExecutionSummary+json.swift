import Events
import Projections

extension ExecutionSummary {
    /// A row of `GET /v1/executions`: all of CONTRACT 10.4 but code, streams and inputs.
    var json: JSONValue {
        [
            "execution_id": .string(id), "session_id": .string(session), "language": .string(orNull: language.nonEmpty),
            "programmatic": .bool(isProgrammatic), "end_user": .string(orNull: endUser),
            "entity_id": .string(orNull: entityID),
            "idempotency_key": nil, "attempt": .int(attempt), "execution_status": .string(orNull: status.nonEmpty),
            "termination_reason": .string(orNull: reason?.rawValue), "exit_code": .int(orNull: exitCode),
            "signal": .string(orNull: signal),
            "error": .string(orNull: status == ExecutionStatus.error.rawValue ? message : nil),
            "created_at": .string(createdAt.description), "started_at": .string(orNull: startedAt?.description),
            "finished_at": .string(orNull: finishedAt?.description),
            "queued_ms": .int(orNull: startedAt.map { max(0, $0.milliseconds - createdAt.milliseconds) }),
            "compile_ms": .int(orNull: compile), "duration_ms": .int(orNull: duration), "cpu_ms": .int(orNull: cpu),
            "memory_peak_bytes": .int(orNull: memoryPeak), "executor": .string(orNull: executorKind),
            "sandbox_source": .string(orNull: sandboxSource),
            "toolchain": ["version": .string(orNull: toolchain), "image_digest": nil], "erased": .bool(isErased),
        ]
    }
}
