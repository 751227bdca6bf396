import Events
import Foundation
import Logging
import Synchronization
import Testing

@testable import Executor

@Suite("A programmatic run between its sandbox and the log")
struct ToolConversationTests {
    let log = MemoryLog()
    let session = Identifier.random()
    let execution = Identifier.random()
    let executor = UUID()
    let room = PauseRoom(capacity: 1)

    private static let call = ToolCall(id: "call_001", name: "t", input: ["n": 1])

    private func request() async throws {
        let code = Array("t".utf8)
        let owner = Owner(tenant: "t")
        let actor = Actor(id: "t", kind: "api_key")
        let request = ExecutionRequested(
            language: "bash", codeSHA256: EventHash.sha256(code), codeSize: 1, arguments: [], timeout: 1000,
            inputs: [], missing: [], endUser: nil, entityID: nil, owner: owner, actor: actor, sessionBytes: 0,
            sessionNames: 0, traits: ExecutionTraits(tools: [ToolDefinition(name: "t", parameters: .null)]))
        let created = SessionCreated(kind: .private, owner: owner, endUser: nil, entityID: nil, actor: actor)
        _ = try await log.append(
            Append(
                session: session, expected: .none, events: [created.event(), request.event(execution: execution)],
                queueOwner: owner.key, blobs: [NewBlob(session: session, bytes: code)]))
    }

    /// Records the results of the round, and tells the room as the service does.
    private func answer(_ value: JSONValue) async throws {
        let bytes = ToolResult.blob([ToolResult(callID: "call_001", outcome: .value(value))])
        let body = ToolResultsRecorded(
            round: 1, resultsSHA256: EventHash.sha256(bytes), resultsSize: Int64(bytes.count),
            actor: Actor(id: "t", kind: "api_key"))
        let outcome = try await log.append(
            Append(
                session: session, expected: .any, events: [body.event(execution: execution)],
                blobs: [NewBlob(session: session, bytes: bytes)]))
        room.note(try #require(outcome.committed))
    }

    /// - Returns: what the run did with its slot and its claim.
    @discardableResult
    private func carryOut(
        patience: Duration = .seconds(60), _ script: @escaping ScriptedProvider.Script
    ) async throws -> [String] {
        let claimed = try #require(try await log.claim(executor: executor, limit: 1).first)
        let notes = Notes()
        await ExecutionRun(
            claimed: claimed, execution: execution, request: ExecutionRequested(claimed.requested.body), log: log,
            blobs: log, provider: ScriptedProvider(script), configuration: ExecutorConfiguration(), executor: executor,
            executorName: "test", logger: Logger(label: "test"), onSandbox: { _ in },
            pause: RunPause(
                room: room, patience: patience, leave: { notes.add("leave") },
                enter: {
                    notes.add("enter")
                    return true
                },
                giveBack: { [log, executor] in
                    notes.add("give back")
                    try? await log.release([claimed.claim], of: executor)
                })
        ).carryOut()
        return notes.all
    }

    private func types() async throws -> [String] {
        try await log.read(session: session, after: 2, limit: 100).map { String($0.type.rawValue.dropFirst(10)) }
    }

    /// Waits until the round is asked for on record.
    private func asked() async throws {
        let event = try await log.milestone(execution: execution, session: session, after: 0)
        #expect(ToolCallRequested(event.body).calls == [Self.call])
    }

    @Test("Results go to the sandbox that waits, which gives up its slot meanwhile")
    func live() async throws {
        try await request()
        async let answered: Void = {
            try await asked()
            try await answer(7)
        }()
        let slots = try await carryOut { _, program in
            let exchange = try #require(program.tools)
            let (woken, waker) = AsyncStream.makeStream(of: Void.self)
            exchange.notify { waker.yield() }
            exchange.ask(.init(number: 1, calls: [Self.call]))
            for await _ in woken { break }
            return .exited(0, stdout: "\(exchange.take() ?? [])")
        }
        try await answered
        #expect(slots == ["leave", "enter"])
        #expect(
            try await types() == ["claimed", "started", "tool_call_requested", "tool_results_recorded", "finished"])
    }

    @Test("A sandbox that is lost while it waits leaves the execution to be repeated with what was recorded")
    func lostWhilePaused() async throws {
        try await request()
        let slots = try await carryOut { _, program in
            try #require(program.tools).ask(.init(number: 1, calls: [Self.call]))
            _ = try await log.milestone(execution: execution, session: session, after: 0)
            var outcome = RunOutcome.exited(0)
            outcome.termination = .infrastructure("lost")
            return outcome
        }
        #expect(slots.last == "give back")
        #expect(try await types() == ["claimed", "started", "tool_call_requested"])
        #expect(try await log.claim(executor: executor, limit: 1).isEmpty)
        try await answer(8)
        try await carryOut { _, program in
            let recorded = try #require(program.tools).recorded
            return .exited(recorded.map(\.results) == [[ToolResult(callID: "call_001", outcome: .value(8))]] ? 0 : 1)
        }
        let last = try #require(try await log.read(session: session, after: 0, limit: 100).last)
        #expect(ExecutionFinished(last.body).status == .completed)
    }

    @Test("An execution that waits too long is found, until its results come")
    func overdue() async throws {
        try await request()
        try await carryOut(patience: .zero) { _, program in
            let exchange = try #require(program.tools)
            exchange.ask(.init(number: 1, calls: [Self.call]))
            _ = try await log.milestone(execution: execution, session: session, after: 0)
            var outcome = RunOutcome.exited(0)
            outcome.termination = .cancelled(.shutdown)
            return outcome
        }
        let overdue = try await log.overdueWaits(longerThan: 0)
        #expect(overdue.map(\.execution) == [execution])
        #expect(try await log.overdueWaits(longerThan: 3600).isEmpty)
        try await answer(1)
        #expect(try await log.overdueWaits(longerThan: 0).isEmpty)
    }
}

private final class Notes: Sendable {
    private let notes = Mutex<[String]>([])

    var all: [String] { notes.withLock { $0 } }

    func add(_ note: String) { notes.withLock { $0.append(note) } }
}
