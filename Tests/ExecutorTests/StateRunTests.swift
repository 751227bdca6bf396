import Events
import FoundationEssentials
import Logging
import Testing

@testable import Executor

@Suite("Python state around a run")
struct StateRunTests {
    let log = MemoryLog()
    let session = Identifier.random()
    let executor = UUID()
    let owner = Owner(tenant: "t")
    let actor = Actor(id: "t", kind: "api_key")
    var configuration = ExecutorConfiguration()

    private func append(_ append: Append) async throws { _ = try #require(try await log.append(append).committed) }

    /// Creates the session, with a state if one is given.
    private func begin(with blob: [UInt8]? = nil, stored: Bool = true) async throws {
        let created = SessionCreated(kind: .private, owner: owner, endUser: nil, entityID: nil, actor: actor)
        try await append(Append(session: session, expected: .none, events: [created.event()]))
        guard let blob else { return }
        let new = NewBlob(session: session, bytes: blob)
        let body = StateUploaded(blob: StateBlob(sha256: new.sha256, size: Int64(blob.count)), actor: actor)
        try await append(
            Append(session: session, expected: .any, events: [body.event()], blobs: stored ? [new] : []))
    }

    /// Runs a program of the session that ends so, and returns what its end says about the state.
    private func run(_ outcome: RunOutcome, seen: @escaping @Sendable (ProgramState?) -> Void = { _ in })
        async throws -> StateOutcome?
    {
        let code = Array("pass".utf8)
        let execution = Identifier.random()
        let request = ExecutionRequested(
            language: "py", codeSHA256: EventHash.sha256(code), codeSize: 4, arguments: [], timeout: 1000,
            inputs: [], missing: [], endUser: nil, entityID: nil, owner: owner, actor: actor, sessionBytes: 0,
            sessionNames: 0, traits: ExecutionTraits(keepsState: true))
        try await append(
            Append(
                session: session, expected: .any, events: [request.event(execution: execution)],
                queueOwner: owner.key, isSerial: true, blobs: [NewBlob(session: session, bytes: code)]))
        let claimed = try #require(try await log.claim(executor: executor, limit: 1).first)
        let provider = ScriptedProvider { _, program in
            seen(program.state)
            return outcome
        }
        await ExecutionRun(
            claimed: claimed, execution: execution, request: ExecutionRequested(claimed.requested.body), log: log,
            blobs: log, provider: provider, configuration: configuration, executor: executor, executorName: "test",
            logger: Logger(label: "test"), onSandbox: { _ in }
        ).carryOut()
        let last = try #require(try await log.read(session: session, after: 0, limit: 1000).last)
        return ExecutionFinished(last.body).state
    }

    private func ended(
        _ code: Int = 0, _ termination: Termination = .exited, blob: [UInt8]? = nil, errors: [String] = [],
        isReported: Bool = true, isRestored: Bool = true
    ) -> RunOutcome {
        var outcome = RunOutcome.exited(code)
        outcome.termination = termination
        outcome.state = CapturedState(isRestored: isRestored, blob: blob, errors: errors, isReported: isReported)
        return outcome
    }

    private func states() async throws -> [Event] { try await log.stateEvents(session: session, limit: 10) }

    @Test("What a run saved is what the next one begins with")
    func roundTrip() async throws {
        try await begin()
        let first = try await run(ended(blob: [1, 10])) { #expect($0?.blob == nil) }
        #expect(first?.before == nil)
        #expect(first?.after?.size == 2)
        let second = try await run(ended(blob: [1, 20, 20])) { #expect($0?.blob == [1, 10]) }
        #expect(second?.before == first?.after)
        let saved = try #require(try await states().first)
        #expect(StateSaved(saved.body).base == (try await states().last)?.position)
        #expect(try await log.bytes(session: session, sha256: StateSaved(saved.body).blob.sha256) == [1, 20, 20])
    }

    @Test(
        "A run that did not end by itself, with zero, saves nothing whatever its program says",
        arguments: [
            (1, Termination.exited), (124, .timeLimit), (137, .memoryLimit), (139, .signal), (0, .timeLimit),
        ])
    func unsaved(code: Int, termination: Termination) async throws {
        try await begin(with: [1, 5])
        let state = try await run(ended(code, termination, blob: [1, 6]))
        #expect(state?.after == nil)
        #expect(state?.before?.size == 2)
        #expect(try await states().map(\.type) == [.stateUploaded])
    }

    @Test("A failed run saves when that is asked, one ended by a limit never does")
    func onError() async throws {
        var asked = self
        asked.configuration.capturesFailedState = true
        try await asked.begin()
        #expect(try await asked.run(asked.ended(1, blob: [1, 6]))?.after != nil)
        #expect(try await asked.run(asked.ended(124, .timeLimit, blob: [1, 7]))?.after == nil)
        #expect(try await asked.run(asked.ended(1, blob: [1, 8], isRestored: false))?.after == nil)
    }

    @Test("Stored bytes that are missing mean a clean start that says so")
    func missing() async throws {
        try await begin(with: [1, 5], stored: false)
        let state = try await run(ended()) { #expect($0 != nil && $0?.blob == nil) }
        #expect(state?.before == nil)
        #expect(state?.errors == ["state: not restored, the run began clean: the stored bytes are missing"])
    }

    @Test("A state whose life is over is not restored")
    func tooOld() async throws {
        var short = self
        short.configuration.stateLife.milliseconds = -1
        try await short.begin(with: [1, 5])
        let state = try await short.run(short.ended()) { #expect($0?.blob == nil) }
        #expect(state != nil && state?.before == nil)
    }

    @Test("A process that left before its variables were read says so")
    func unreported() async throws {
        try await begin()
        let state = try await run(ended(isReported: false))
        #expect(state?.errors == ["state: not saved: the process ended before its variables could be read"])
    }

    @Test("A large state is written ahead and named in the append of the end")
    func large() async throws {
        try await begin()
        let blob = [1] + [UInt8](repeating: 7, count: 3 << 20)
        let after = try #require(try await run(ended(blob: blob))?.after)
        #expect(try await log.bytes(session: session, sha256: after.sha256) == blob)
        let events = try await log.read(session: session, after: 0, limit: 100)
        #expect(events.suffix(2).map(\.type) == [.stateSaved, .executionFinished])
    }
}
