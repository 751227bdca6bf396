import Events
import Testing

@testable import Executor

@Suite("The room where runs wait for tools")
struct PauseRoomTests {
    private func results(_ execution: String) async throws -> Event {
        let session = Identifier.random()
        let body = ToolResultsRecorded(
            round: 1, resultsSHA256: EventHash.sha256([]), resultsSize: 0, actor: Actor(id: "t", kind: "api_key"))
        let outcome = try await MemoryLog().append(
            Append(session: session, expected: .none, events: [body.event(execution: execution)]))
        return try #require(outcome.committed?.first)
    }

    @Test("Results that come before the wait are found by it")
    func early() async throws {
        let room = PauseRoom(capacity: 1)
        #expect(room.expect("a"))
        let event = try await results("a")
        room.note([event])
        #expect(await room.wait(for: "a", patience: .seconds(60)) == .results(event))
    }

    @Test("Results wake who waits, and nobody else")
    func wakes() async throws {
        let room = PauseRoom(capacity: 2)
        #expect(room.expect("a") && room.expect("b"))
        async let a = room.wait(for: "a", patience: .seconds(60))
        async let b = room.wait(for: "b", patience: .seconds(60))
        let event = try await results("a")
        room.note([event])
        #expect(await a == .results(event))
        room.close()
        #expect(await b == .dropped)
    }

    @Test("Places are bounded, and free again after the wait")
    func bounded() async {
        let room = PauseRoom(capacity: 1)
        #expect(room.expect("a"))
        #expect(!room.expect("b"))
        #expect(await room.wait(for: "a", patience: .zero) == .dropped)
        #expect(room.expect("b"))
    }

    @Test("A closed room drops everyone and takes nobody")
    func closed() async {
        let room = PauseRoom(capacity: 2)
        #expect(room.expect("a"))
        room.close()
        #expect(await room.wait(for: "a", patience: .seconds(60)) == .dropped)
        #expect(!room.expect("b"))
    }

    @Test("A cancelled wait is dropped")
    func cancelled() async {
        let room = PauseRoom(capacity: 1)
        #expect(room.expect("a"))
        let task = Task { await room.wait(for: "a", patience: .seconds(60)) }
        task.cancel()
        #expect(await task.value == .dropped)
    }
}
