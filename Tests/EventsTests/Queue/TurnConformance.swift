import Events
import Foundation
import Testing

@Suite("Every log: turns, tools and cancellations", .serialized, .timeLimit(.minutes(2)))
struct TurnConformance {
    private static let session = Names.sessionA

    private func request(
        _ test: LogUnderTest, _ execution: String, session: String = session, eager: EagerClaim? = nil,
        serial: Bool = true
    ) async throws -> AppendOutcome {
        try await test.log.append(
            Append(
                session: session, expected: .any,
                events: [NewEvent(.executionRequested, execution: execution, body: [:])], queueOwner: "o",
                eagerClaim: eager, isSerial: serial))
    }

    private func record(_ test: LogUnderTest, _ type: EventType, of execution: String, _ body: JSONValue = [:])
        async throws
    {
        _ = try #require(
            try await test.log.append(
                Append(
                    session: Self.session, expected: .any,
                    events: [NewEvent(type, execution: execution, body: body)])
            ).committed)
    }

    private func claim(_ test: LogUnderTest, _ executor: UUID) async throws -> [ClaimedExecution] {
        try await test.queue.claim(executor: executor, limit: 10)
    }

    @Test("Serial executions of a session are claimed one at a time, oldest first", arguments: LogKind.allCases)
    func turns(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            for execution in ["a", "b", "c"] { _ = try await request(test, execution) }
            let executor = try await test.executor()
            for execution in ["a", "b", "c"] {
                let claimed = try await claim(test, executor)
                expectSame(claimed.compactMap(\.requested.execution), [execution])
                let end = try await test.finish(execution, claim: claimed[0].claim, session: Self.session)
                #expect(end.committed != nil)
            }
        }
    }

    @Test("Other sessions, and executions that are not serial, do not wait", arguments: LogKind.allCases)
    func others(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            _ = try await request(test, "a")
            _ = try await request(test, "b")
            _ = try await request(test, "plain", serial: false)
            _ = try await request(test, "other", session: Names.sessionB)
            let claimed = try await claim(test, try await test.executor())
            expectSame(claimed.compactMap(\.requested.execution).sorted(), ["a", "other", "plain"])
        }
    }

    @Test("An eager claim is refused while an earlier serial execution lives", arguments: LogKind.allCases)
    func busy(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let executor = try await test.executor()
            let first = EagerClaim(claim: UUID(), executor: executor)
            #expect(try await request(test, "a", eager: first).committed != nil)
            let second = EagerClaim(claim: UUID(), executor: executor)
            #expect(try await request(test, "b", eager: second) == .busy)
            #expect(try await request(test, "free", eager: second, serial: false).committed != nil)
            #expect(try await test.log.head() == 2)
            _ = try await test.finish("a", claim: first.claim, session: Self.session)
            #expect(try await request(test, "b", eager: EagerClaim(claim: UUID(), executor: executor)).committed != nil)
        }
    }

    @Test("What waits for tools is not claimed until their results are recorded", arguments: LogKind.allCases)
    func tools(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            _ = try await request(test, "a", serial: false)
            let executor = try await test.executor()
            #expect(try await claim(test, executor).count == 1)
            try await record(test, .executionToolCallRequested, of: "a")
            try await test.queue.retire(executor: executor)
            let other = try await test.executor()
            expectSame(try await claim(test, other), [])
            try await record(test, .executionToolResultsRecorded, of: "a")
            // Attempts begin anew: a program may wait for tools as often as it likes.
            expectSame(try await claim(test, other).map(\.attempt), [1])
        }
    }

    @Test("A holder keeps what waits for tools", arguments: LogKind.allCases)
    func keeps(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            _ = try await request(test, "a", serial: false)
            let claimed = try #require(try await claim(test, try await test.executor()).first)
            try await record(test, .executionToolCallRequested, of: "a")
            try await record(test, .executionToolResultsRecorded, of: "a")
            expectSame(try await claim(test, try await test.executor()), [])
            #expect(try await test.finish("a", claim: claimed.claim, session: Self.session).committed != nil)
        }
    }

    @Test("Who claims what was called off hears why, the first reason counts", arguments: LogKind.allCases)
    func cancelled(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            _ = try await request(test, "a", serial: false)
            try await record(
                test, .executionCancelRequested, of: "a", ["reason": "client_disconnected", "actor": [:]])
            try await record(test, .executionCancelRequested, of: "a", ["reason": "cancelled", "actor": [:]])
            let claimed = try await claim(test, try await test.executor())
            expectSame(claimed.map(\.cancelled), [.clientDisconnected])
        }
    }

    @Test("What nobody holds can be ended by anyone, what somebody holds cannot", arguments: LogKind.allCases)
    func endUnclaimed(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            func end(_ execution: String) async throws -> AppendOutcome {
                try await test.log.append(
                    Append(
                        session: Self.session, expected: .any,
                        events: [NewEvent(.executionFinished, execution: execution, body: [:])],
                        fence: Fence(execution: execution, claim: nil)))
            }
            _ = try await request(test, "a", serial: false)
            #expect(try await end("a").committed != nil)
            #expect(try await end("a") == .fenced)
            _ = try await request(test, "b", serial: false)
            #expect(try await claim(test, try await test.executor()).count == 1)
            #expect(try await end("b") == .fenced)
        }
    }

    @Test("Milestones come one after the other, from before and from now on", arguments: LogKind.allCases)
    func milestones(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            _ = try await request(test, "a", serial: false)
            func next(_ position: Int64) async throws -> Event {
                try await test.log.milestone(execution: "a", session: Self.session, after: position)
            }
            async let waiting = next(0)
            try await record(test, .executionToolCallRequested, of: "a", ["round": 1])
            let first = try await waiting
            #expect(first.type == .executionToolCallRequested)
            try await record(test, .executionToolResultsRecorded, of: "a")
            try await record(test, .executionToolCallRequested, of: "a", ["round": 2])
            try await record(test, .executionFinished, of: "a")
            #expect(try await next(0) == first)
            let second = try await next(first.position)
            #expect(second.body["round"]?.int == 2)
            #expect(try await next(second.position).type == .executionFinished)
            #expect(try await test.log.finished(execution: "a", session: Self.session).type == .executionFinished)
        }
    }

    @Test("State events come newest first, without the others", arguments: LogKind.allCases)
    func states(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            for (type, number) in [(EventType.stateUploaded, 1), (.stateSaved, 2), (.stateDeleted, 3), (.stateSaved, 4)] {
                try await test.append("note", to: Self.session)
                _ = try await test.log.append(
                    Append(session: Self.session, expected: .any, events: [NewEvent(type, body: ["n": .int(number)])]))
            }
            let events = try await test.log.stateEvents(session: Self.session, limit: 3)
            expectSame(events.map { $0.body["n"]?.int }, [4, 3, 2])
            expectSame(try await test.log.stateEvents(session: Names.sessionB, limit: 3), [])
        }
    }
}
