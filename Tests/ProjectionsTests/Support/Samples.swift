import Events

/// Ids and bodies for tests that need no particular ones.
enum Samples {
    static let owner = Owner(tenant: "tenant-1", principal: "alice")
    static let actor = Actor(id: "alice", kind: "jwt")
    static let digest = Digest32(repeating: 7, count: 32)

    /// A readable id of the right form, e.g. `session-1------------`.
    static func id(_ name: String) -> String { name + String(repeating: "-", count: 20 - name.count) + "x" }

    static func created(
        kind: SessionKind = .private, owner: Owner = owner, endUser: String? = nil, entityID: String? = nil
    ) -> NewEvent {
        SessionCreated(kind: kind, owner: owner, endUser: endUser, entityID: entityID, actor: actor).event()
    }

    static func content(_ id: String, name: String, size: Int64 = 10) -> FileContent {
        FileContent(id: id, name: name, size: size, sha256: digest, contentType: "text/csv", readOnly: false)
    }

    static func uploaded(_ id: String, name: String, size: Int64 = 10) -> NewEvent {
        FileUploaded(
            file: content(id, name: name, size: size),
            resource: ResourceIdentity(kind: "user", id: "r", version: "1", entityID: nil), actor: actor
        ).event()
    }

    static func linked(_ id: String, name: String, source: String) -> NewEvent {
        FileLinked(file: content(id, name: name), source: source, resource: ResourceIdentity()).event()
    }

    static func written(
        _ id: String, name: String, execution: String, modifiedFrom: FileReference? = nil
    ) -> NewEvent {
        FileWritten(file: content(id, name: name), modifiedFrom: modifiedFrom).event(execution: execution)
    }

    static func deleted(_ id: String, name: String, _ scope: FileDeleted.Scope = .version) -> NewEvent {
        FileDeleted(fileID: id, name: name, scope: scope, actor: actor).event()
    }

    static func requested(
        _ execution: String, language: String = "py", owner: Owner = owner, endUser: String? = nil,
        entityID: String? = nil
    ) -> NewEvent {
        ExecutionRequested(
            language: language, codeSHA256: digest, codeSize: 12, arguments: ["a", "b"], timeout: 30_000,
            inputs: [], missing: [], endUser: endUser, entityID: entityID, owner: owner, actor: actor,
            sessionBytes: 0, sessionNames: 0
        ).event(execution: execution)
    }

    static func claimed(_ execution: String, attempt: Int64 = 1) -> NewEvent {
        ExecutionClaimed(executor: "e1", executorName: "host-1", claim: "c1", attempt: attempt)
            .event(execution: execution)
    }

    static func started(_ execution: String, attempt: Int64 = 1) -> NewEvent {
        ExecutionStarted(
            startedAt: Timestamp(milliseconds: 1_790_000_000_123), sandboxSource: "pool_hit", attempt: attempt
        ).event(execution: execution)
    }

    static func finished(_ execution: String, _ status: ExecutionStatus = .completed) -> NewEvent {
        ExecutionFinished(
            status: status, reason: status == .completed ? .exited : .signal, exitCode: status == .completed ? 0 : nil,
            signal: status == .completed ? nil : "SIGSEGV", message: nil,
            stdout: StreamRecord(sha256: digest, totalBytes: 100, keptBytes: 90),
            stderr: StreamRecord(sha256: digest, totalBytes: 3, keptBytes: 3),
            startedAt: Timestamp(milliseconds: 1_790_000_000_125), duration: 12, compile: nil, cpu: 11,
            memoryPeak: 1 << 20, files: [], skipped: [], counters: ["pids": 1], attempt: 1, executor: "host-1",
            executorKind: "local", sandboxSource: "pool_hit", toolchain: "3.11.7"
        ).event(execution: execution)
    }
}
