import Events
import Foundation
import Testing

@Suite("Every log: following", .serialized, .timeLimit(.minutes(2)))
struct FollowConformance {
    @Test(
        "A follower sees the events of concurrent writers in order, without gap or repeat",
        arguments: LogKind.allCases)
    func concurrentWriters(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let stream = await test.log.follow()
            let priorities: [TaskPriority] = [.high, .medium, .low, .background]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<16 {
                    group.addTask(priority: priorities[writer % 4]) {
                        for number in 0..<25 { try await test.append("\(number)", "x", to: "s\(writer)") }
                    }
                }
                try await group.waitForAll()
            }
            let seen = await stream.first(800)
            expectSame(seen.map(\.position), Array(1...800))
            expectSame(seen, try await test.everything())
        }
    }

    @Test("A follower starts with what comes next", arguments: LogKind.allCases)
    func fromNowOn(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.append("history", to: Names.sessionA)
            let stream = await test.log.follow()
            try await test.append("news", to: Names.sessionA)
            expectSame(await stream.first(1).map(\.note), ["news"])
        }
    }

    @Test("All followers see the same", arguments: LogKind.allCases)
    func manyFollowers(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            var streams: [AsyncStream<[Event]>] = []
            for _ in 0..<5 { streams.append(await test.log.follow()) }
            _ = try await concurrently(8) { try await test.append("\($0)", to: "s\($0)") }
            let events = try await test.everything()
            for stream in streams { expectSame(await stream.first(8), events) }
        }
    }

    @Test("Refused and repeated appends are not followed", arguments: LogKind.allCases)
    func onlyNew(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let stream = await test.log.follow()
            let append = Append(session: Names.sessionA, expected: .none, events: [note("a")])
            _ = try await test.log.append(append)
            _ = try await test.log.append(append)
            _ = try await test.log.append(Append(session: Names.sessionA, expected: .none, events: [note("b")]))
            try await test.append("c", to: Names.sessionA)
            expectSame(await stream.first(2).map(\.note), ["a", "c"])
        }
    }

    @Test("The end of an execution is known when it was there before the question", arguments: LogKind.allCases)
    func finishedBefore(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let (finished, session) = try await runToEnd(test, Names.executionA)
            expectSame(try await test.log.finished(execution: Names.executionA, session: session), finished)
        }
    }

    @Test("The end of an execution comes to all who have been waiting for it", arguments: LogKind.allCases)
    func finishedAfter(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let executor = try await test.executor()
            let claim = EagerClaim(claim: UUID(), executor: executor)
            try await test.request(Names.executionA, session: Names.sessionA, eager: claim)
            try await test.request(Names.executionB, session: Names.sessionB, eager: claim)
            try await withThrowingTaskGroup(of: Event.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        try await test.log.finished(execution: Names.executionA, session: Names.sessionA)
                    }
                }
                _ = try await test.finish(Names.executionB, claim: claim.claim, session: Names.sessionB)
                let finished = try await test.finish(Names.executionA, claim: claim.claim, session: Names.sessionA)
                for try await event in group { expectSame([event], finished.committed ?? []) }
            }
        }
    }

    @Test("The end of an execution that is requested later is awaited too", arguments: LogKind.allCases)
    func finishedLater(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            async let waiting = test.log.finished(execution: Names.executionA, session: "s-\(Names.executionA)")
            let (finished, _) = try await runToEnd(test, Names.executionA)
            expectSame(try await waiting, finished)
        }
    }

    @Test("Waiting for an end that does not come ends with the waiting task", arguments: LogKind.allCases)
    func cancelled(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.request(Names.executionA)
            let waiting = Task {
                try await test.log.finished(execution: Names.executionA, session: "s-\(Names.executionA)")
            }
            // Cancelled before, while or after it begins to wait: the answer is the same.
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            let other = Task {
                try await test.log.finished(execution: Names.executionA, session: "s-\(Names.executionA)")
            }
            _ = try await test.log.head()
            other.cancel()
            await #expect(throws: CancellationError.self) { try await other.value }
        }
    }

    @Test("One who stops waiting does not disturb the others", arguments: LogKind.allCases)
    func cancelledAlone(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let executor = try await test.executor()
            let claim = EagerClaim(claim: UUID(), executor: executor)
            try await test.request(Names.executionA, session: Names.sessionA, eager: claim)
            let wait: @Sendable () async throws -> Event = {
                try await test.log.finished(execution: Names.executionA, session: Names.sessionA)
            }
            let patient = Task(operation: wait)
            let impatient = Task(operation: wait)
            impatient.cancel()
            await #expect(throws: CancellationError.self) { try await impatient.value }
            let finished = try await test.finish(Names.executionA, claim: claim.claim, session: Names.sessionA)
            expectSame([try await patient.value], finished.committed ?? [])
        }
    }

    /// Requests an execution, claims it eagerly and finishes it.
    private func runToEnd(_ test: LogUnderTest, _ execution: String) async throws -> (finished: Event, session: String)
    {
        let claim = EagerClaim(claim: UUID(), executor: try await test.executor())
        let session = try await test.request(execution, eager: claim).session
        let outcome = try await test.finish(execution, claim: claim.claim)
        return (try #require(outcome.committed?.first), session)
    }
}
