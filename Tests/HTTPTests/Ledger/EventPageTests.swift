import Events
import Testing

@testable import HTTP

@Suite struct EventPageTests {
    /// Two sessions whose events alternate, so that positions and versions differ.
    private func filled() async throws -> (MemoryLog, SessionState) {
        let log = MemoryLog()
        var state = SessionState(id: Make.id("a"))
        for number in 0..<10 {
            for session in [Make.id("b"), Make.id("a")] {
                let type = number % 3 == 0 ? EventType.executionStarted : EventType(rawValue: "execution.output")
                let outcome = try await log.append(
                    Append(session: session, expected: .any, events: [NewEvent(type, execution: "e", body: [:])]))
                if session == state.id { for event in outcome.committed ?? [] { state.apply(event) } }
            }
        }
        return (log, state)
    }

    @Test func `pages follow each other without gap or repeat`() async throws {
        let (log, state) = try await filled()
        var versions: [Int64] = []
        var after: Int64 = 0
        while true {
            let page = try await EventPage.read(state, after: after, limit: 3, type: nil, from: log)
            versions += page.events.map(\.version)
            guard let next = page.nextAfter else { break }
            after = next
        }
        #expect(versions == Array(1...10))
    }

    @Test func `any position is a beginning`() async throws {
        let (log, state) = try await filled()
        for position in Int64(0)...21 {
            let page = try await EventPage.read(state, after: position, limit: 100, type: nil, from: log)
            #expect(page.events.map(\.position) == (Int64(1)...20).filter { $0 % 2 == 0 && $0 > position })
        }
    }

    @Test func `one type only`() async throws {
        let (log, state) = try await filled()
        let page = try await EventPage.read(state, after: 0, limit: 2, type: .executionStarted, from: log)
        #expect(page.events.map(\.version) == [1, 4])
        let rest = try await EventPage.read(
            state, after: page.nextAfter ?? 0, limit: 2, type: .executionStarted, from: log)
        #expect(rest.events.map(\.version) == [7, 10])
        #expect(rest.nextAfter == nil)
    }
}
