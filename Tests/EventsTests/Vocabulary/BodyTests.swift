import Testing

@testable import Events

@Suite("Event bodies")
struct BodyTests {
    private let digest = EventHash.sha256([1])
    private let actor = Actor(id: "key:ca978112ca1bbdca", kind: "api_key")
    private let owner = Owner(tenant: "t", principal: "p")
    private let time = Timestamp(milliseconds: 1_788_256_800_123)
    private let resource = ResourceIdentity(kind: "agent", id: "a-1", version: "3", entityID: "e-1")

    private func content(_ name: String = "é/ü.txt", contentType: String? = "text/plain", readOnly: Bool = true)
        -> FileContent
    {
        FileContent(
            id: Names.fileA, name: name, size: 1 << 40, sha256: digest, contentType: contentType, readOnly: readOnly)
    }

    /// As it is stored: canonical text, parsed again.
    private func expectRoundTrip<Body: EventBody>(_ body: Body, sourceLocation: SourceLocation = #_sourceLocation) {
        let event = body.event(execution: Names.executionA)
        #expect(event.type == Body.type, sourceLocation: sourceLocation)
        #expect(event.execution == Names.executionA, sourceLocation: sourceLocation)
        guard let stored = try? JSONParser.parse(event.data) else {
            Issue.record("\(event.data)", sourceLocation: sourceLocation)
            return
        }
        expectSame(Body(stored), body, sourceLocation: sourceLocation)
        expectSame(Body(body.json), body, sourceLocation: sourceLocation)
    }

    @Test("session.created is read as it was written")
    func sessionCreated() {
        expectRoundTrip(SessionCreated(kind: .shared, owner: owner, endUser: "u-17", entityID: "e", actor: actor))
        expectRoundTrip(SessionCreated(kind: .private, owner: owner, endUser: nil, entityID: nil, actor: actor))
    }

    @Test("file.uploaded is read as it was written")
    func fileUploaded() {
        expectRoundTrip(FileUploaded(file: content(), resource: resource, actor: actor))
        expectRoundTrip(
            FileUploaded(file: content(contentType: nil, readOnly: false), resource: ResourceIdentity(), actor: actor))
    }

    @Test("file.linked is read as it was written")
    func fileLinked() {
        expectRoundTrip(FileLinked(file: content(), source: Names.sessionB, resource: resource))
    }

    @Test("file.written is read as it was written")
    func fileWritten() {
        let reference = FileReference(id: Names.fileB, session: Names.sessionB)
        expectRoundTrip(FileWritten(file: content(), modifiedFrom: reference))
        expectRoundTrip(FileWritten(file: content(), modifiedFrom: nil))
    }

    @Test("file.deleted is read as it was written", arguments: [FileDeleted.Scope.version, .current])
    func fileDeleted(scope: FileDeleted.Scope) {
        expectRoundTrip(FileDeleted(fileID: Names.fileA, name: "a.txt", scope: scope, actor: actor))
    }

    @Test("execution.requested is read as it was written")
    func executionRequested() {
        let input = ExecutionInput(
            file: FileReference(id: Names.fileA, session: Names.sessionB), name: "data/a.csv", size: 12, sha256: digest,
            readOnly: true, requested: false, echoed: true, bucket: Names.sessionA)
        expectRoundTrip(
            ExecutionRequested(
                language: "py", codeSHA256: digest, codeSize: 5, arguments: ["--a", "", "é\"\\"], timeout: 30_000,
                inputs: [input, input], missing: [MissingInput(id: "x", name: nil), MissingInput(id: nil, name: "y")],
                endUser: "u-17", entityID: "e", owner: owner, actor: actor, sessionBytes: 1 << 41, sessionNames: 7))
        expectRoundTrip(
            ExecutionRequested(
                language: "bash", codeSHA256: digest, codeSize: 0, arguments: [], timeout: 1, inputs: [], missing: [],
                endUser: nil, entityID: nil, owner: owner, actor: actor, sessionBytes: 0, sessionNames: 0))
    }

    @Test("execution.claimed is read as it was written")
    func executionClaimed() {
        expectRoundTrip(
            ExecutionClaimed(executor: "0190", executorName: "node-1/1234", claim: "0191", attempt: 2))
    }

    @Test("execution.started is read as it was written")
    func executionStarted() {
        expectRoundTrip(ExecutionStarted(startedAt: time, sandboxSource: "pool_hit", attempt: 3))
    }

    private func finished(_ status: ExecutionStatus, _ reason: TerminationReason) -> ExecutionFinished {
        ExecutionFinished(
            status: status, reason: reason, exitCode: -1, signal: "SIGSEGV", message: "killed",
            stdout: StreamRecord(sha256: digest, totalBytes: 10, keptBytes: 5),
            stderr: StreamRecord(sha256: EventHash.sha256([]), totalBytes: 0, keptBytes: 0), startedAt: time,
            duration: 17, compile: 4, cpu: 12, memoryPeak: 1 << 33,
            files: [
                OutputFile(
                    id: Names.fileA, name: "o.txt", size: 1, sha256: digest,
                    modifiedFrom: FileReference(id: Names.fileB, session: Names.sessionB), existing: true),
                OutputFile(id: Names.fileB, name: "p.txt", size: 0, sha256: digest, modifiedFrom: nil),
            ],
            skipped: [
                SkippedFile(name: "big", size: 1 << 35, reason: "too_large"),
                SkippedFile(name: nil, size: nil, reason: "too_many"),
            ],
            counters: ["pids": 1, "oom_kills": 0], attempt: 2, executor: "node-1", executorKind: "kubernetes",
            sandboxSource: "job", toolchain: "3.11.7")
    }

    @Test(
        "execution.finished is read as it was written, with every status and reason",
        arguments: [
            (ExecutionStatus.completed, TerminationReason.exited), (.failed, .signal), (.failed, .compileError),
            (.timeout, .timeLimit), (.failed, .memoryLimit), (.cancelled, .cancelled),
            (.cancelled, .clientDisconnected), (.error, .infrastructure),
        ])
    func executionFinished(status: ExecutionStatus, reason: TerminationReason) {
        expectRoundTrip(finished(status, reason))
    }

    @Test("execution.finished is read as it was written when it has next to nothing to say")
    func executionFinishedEmpty() {
        var body = finished(.error, .infrastructure)
        body.exitCode = nil
        body.signal = nil
        body.message = nil
        body.startedAt = nil
        body.compile = nil
        body.cpu = nil
        body.memoryPeak = nil
        body.files = []
        body.skipped = []
        body.counters = [:]
        body.toolchain = nil
        expectRoundTrip(body)
    }

    @Test(
        "A body without members, or none at all, is read with defaults and can be written again",
        arguments: [[:], nil, [], "x", ["file_id": 1, "actor": [], "inputs": ["x"], "files": [:], "counters": 1]]
            as [JSONValue])
    func tolerant(json: JSONValue) {
        expectReadable(SessionCreated.self, json)
        expectReadable(FileUploaded.self, json)
        expectReadable(FileLinked.self, json)
        expectReadable(FileWritten.self, json)
        expectReadable(FileDeleted.self, json)
        expectReadable(ExecutionRequested.self, json)
        expectReadable(ExecutionClaimed.self, json)
        expectReadable(ExecutionStarted.self, json)
        expectReadable(ExecutionFinished.self, json)
    }

    private func expectReadable<Body: EventBody>(_ type: Body.Type, _ json: JSONValue) {
        let body = Body(json)
        expectSame(Body(body.json), body, "\(type)")
    }

    @Test("Members that a newer writer added are passed over")
    func newerMembers() {
        let body = ExecutionClaimed(executor: "x", executorName: "n", claim: "c", attempt: 2)
        guard case .object(let members) = body.json else { return }
        expectSame(ExecutionClaimed(.object(members + [JSONMember("zone", ["a": 1])])), body)
    }

    @Test("A session that says only who made it belongs to that actor")
    func ownerFromActor() {
        let body = SessionCreated(["actor": ["id": "key:a", "kind": "api_key"]])
        #expect(body.owner == Owner(tenant: "key:a"))
        #expect(body.kind == .private)
    }

    @Test("Unknown words of a newer writer are read as the careful choice")
    func unknownWords() {
        #expect(SessionCreated(["kind": "public"]).kind == .private)
        #expect(FileDeleted(["scope": "all"]).scope == .version)
        #expect(ExecutionFinished(["status": "paused"]).status == .error)
        #expect(ExecutionFinished(["reason": "solar_flare"]).reason == .infrastructure)
    }

    @Test("The stored text of a body is canonical, whatever the order in which it names its members")
    func canonicalText() throws {
        let text = finished(.completed, .exited).event().data
        #expect(String(decoding: JSONWriter.canonical(try JSONParser.parse(text)), as: UTF8.self) == text)
    }
}
