import Events
import Foundation
import Logging
import Synchronization
import Testing

@testable import Executor

@Suite("From a claim to the terminal event")
struct ExecutionRunTests {
    let log = MemoryLog()
    let session = Identifier.random()
    let execution = Identifier.random()
    let executor = UUID()

    /// Appends a request for a bash run and claims it.
    private func claim(attempt: Int64 = 1) async throws -> ClaimedExecution {
        let code = Array("echo hi".utf8)
        let owner = Owner(tenant: "t")
        let actor = Actor(id: "t", kind: "api_key")
        let request = ExecutionRequested(
            language: "bash", codeSHA256: EventHash.sha256(code), codeSize: 7, arguments: [], timeout: 1000,
            inputs: [], missing: [], endUser: nil, entityID: nil, owner: owner, actor: actor, sessionBytes: 0,
            sessionNames: 0)
        let created = SessionCreated(kind: .private, owner: owner, endUser: nil, entityID: nil, actor: actor)
        _ = try await log.append(
            Append(
                session: session, expected: .none, events: [created.event(), request.event(execution: execution)],
                queueOwner: owner.key, blobs: [NewBlob(session: session, bytes: code)]))
        var claimed = try #require(try await log.claim(executor: executor, limit: 1).first)
        claimed.attempt = attempt
        return claimed
    }

    private func carryOut(_ claimed: ClaimedExecution, _ provider: ScriptedProvider) async {
        await ExecutionRun(
            claimed: claimed, execution: execution, request: ExecutionRequested(claimed.requested.body), log: log,
            blobs: log, provider: provider, configuration: ExecutorConfiguration(), executor: executor,
            executorName: "test", logger: Logger(label: "test"), onSandbox: { _ in }
        ).carryOut()
    }

    private func events() async throws -> [Event] { try await log.read(session: session, after: 0, limit: 100) }

    @Test("A run leaves claimed, started and finished, and its output is stored")
    func completes() async throws {
        await carryOut(try await claim(), ScriptedProvider { _, _ in .exited(0, stdout: "hi\n") })
        let events = try await events()
        #expect(
            events.map(\.type.rawValue) == [
                "session.created", "execution.requested", "execution.claimed", "execution.started",
                "execution.finished",
            ])
        let finished = ExecutionFinished(try #require(events.last).body)
        #expect(finished.status == .completed)
        #expect(try await log.bytes(session: session, sha256: finished.stdout.sha256) == Array("hi\n".utf8))
    }

    @Test("A sandbox lost before the program started is replaced, twice at most")
    func lostSandbox() async throws {
        let provider = ScriptedProvider { number, _ in
            guard number == 3 else { throw SandboxError(.lost, "gone") }
            return .exited(0)
        }
        await carryOut(try await claim(), provider)
        #expect(provider.sandboxes == 3)
        #expect(ExecutionFinished(try #require(try await events().last).body).status == .completed)
        #expect(provider.alive.withLock { $0 } == 0)
    }

    @Test("A third loss ends in a terminal event with a reason")
    func lostForGood() async throws {
        await carryOut(try await claim(), ScriptedProvider { _, _ in throw SandboxError(.lost, "gone") })
        let finished = ExecutionFinished(try #require(try await events().last).body)
        #expect(finished.status == .error)
        #expect(finished.message == "Execution failed: the sandbox was lost")
    }

    @Test("The result of an executor that lost its claim is dropped")
    func fenced() async throws {
        let claimed = try await claim()
        let log = self.log
        let provider = ScriptedProvider { _, _ in
            // Meanwhile the lease ends and another executor takes it over.
            _ = try await log.claim(executor: UUID(), limit: 1)
            return .exited(0, stdout: "zombie")
        }
        await carryOut(claimed, provider)
        #expect(try await events().map(\.type).contains(.executionFinished) == false)
    }

    @Test("An execution that was tried too often ends instead of running again")
    func attempts() async throws {
        let provider = ScriptedProvider { _, _ in .exited(0) }
        await carryOut(try await claim(attempt: 4), provider)
        #expect(provider.sandboxes == 0)
        let finished = ExecutionFinished(try #require(try await events().last).body)
        #expect(finished.message == "Execution failed: no executor could finish it in 3 attempts")
    }

    @Test("A run that is handed over leaves no terminal event")
    func handedOver() async throws {
        let provider = ScriptedProvider { _, _ in
            var outcome = RunOutcome.exited(0)
            outcome.termination = .cancelled(.shutdown)
            return outcome
        }
        await carryOut(try await claim(), provider)
        #expect(try await events().map(\.type).contains(.executionFinished) == false)
    }

    @Test("The names of processes that live are not dead, those of gone ones are")
    func identities() throws {
        let own = ExecutorIdentity.current().name
        #expect(!ExecutorIdentity.isDead(own))
        let parts = own.split(separator: "/")
        #expect(ExecutorIdentity.isDead("\(parts[0])/\(parts[1])/999999999/1"))
        #expect(ExecutorIdentity.isDead("\(parts[0])/another-boot/1/1"))
        #expect(!ExecutorIdentity.isDead("another-host/\(parts[1])/999999999/1"))
    }
}
