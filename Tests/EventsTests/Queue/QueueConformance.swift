import Events
import Foundation
import Testing

@Suite("Every log: queue and fencing", .serialized, .timeLimit(.minutes(2)))
struct QueueConformance {
    private func claimOne(_ test: LogUnderTest, _ executor: UUID) async throws -> ClaimedExecution? {
        try await test.queue.claim(executor: executor, limit: 1).first
    }

    @Test("With nothing requested there is nothing to claim", arguments: LogKind.allCases)
    func empty(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            expectSame(try await test.queue.claim(executor: try await test.executor(), limit: 10), [])
        }
    }

    @Test("A claim gives the request as committed, for the first attempt", arguments: LogKind.allCases)
    func claims(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let requested = try await test.request(Names.executionA)
            let claimed = try #require(try await claimOne(test, try await test.executor()))
            expectSame(
                claimed,
                ClaimedExecution(requested: requested, claim: claimed.claim, attempt: 1, recorded: false))
        }
    }

    @Test("What is claimed is not claimed by another while its holder's lease lives", arguments: LogKind.allCases)
    func claimsOnce(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.request(Names.executionA)
            let (first, second) = (try await test.executor(), try await test.executor())
            #expect(try await claimOne(test, first) != nil)
            #expect(try await claimOne(test, second) == nil)
            #expect(try await claimOne(test, first) == nil)
        }
    }

    @Test("No more are claimed than asked for", arguments: LogKind.allCases)
    func limit(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            for number in 0..<5 { try await test.request("e\(number)") }
            let executor = try await test.executor()
            expectSame(
                Set(try await test.queue.claim(executor: executor, limit: 3).compactMap(\.requested.execution)),
                ["e0", "e1", "e2"])
            expectSame(
                Set(try await test.queue.claim(executor: executor, limit: 3).compactMap(\.requested.execution)),
                ["e3", "e4"])
        }
    }

    @Test("The oldest of one owner comes first", arguments: LogKind.allCases)
    func oldestFirst(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            for number in 0..<4 { try await test.request("e\(number)") }
            let executor = try await test.executor()
            for number in 0..<4 {
                #expect(try await claimOne(test, executor)?.requested.execution == "e\(number)")
            }
        }
    }

    @Test("Owners take turns, however much one of them asks for", arguments: LogKind.allCases)
    func fair(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            for number in 0..<4 { try await test.request("a\(number)", owner: "a") }
            for number in 0..<2 { try await test.request("b\(number)", owner: "b") }
            try await test.request("c0", owner: "c")
            let executor = try await test.executor()
            var order: [String?] = []
            for _ in 0..<7 { order.append(try await claimOne(test, executor)?.requested.execution) }
            expectSame(order, ["a0", "b0", "c0", "a1", "b1", "a2", "a3"])
        }
    }

    @Test("One claim of several is as fair as several of one", arguments: LogKind.allCases)
    func fairAtOnce(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            for number in 0..<4 { try await test.request("a\(number)", owner: "a") }
            for number in 0..<2 { try await test.request("b\(number)", owner: "b") }
            let claimed = try await test.queue.claim(executor: try await test.executor(), limit: 4)
            expectSame(Set(claimed.compactMap(\.requested.execution)), ["a0", "a1", "b0", "b1"])
        }
    }

    @Test("Many executors at once share the work: each execution goes to one", arguments: LogKind.allCases)
    func concurrentClaims(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            for number in 0..<30 { try await test.request("e\(number)", owner: "o\(number % 3)") }
            let claims = try await concurrently(8) { _ in
                let executor = try await test.executor()
                var mine: [ClaimedExecution] = []
                // A claim that finds only rows another one is just taking may come back short; two such in a row, not.
                var misses = 0
                while misses < 3 {
                    let claimed = try await test.queue.claim(executor: executor, limit: 2)
                    misses = claimed.isEmpty ? misses + 1 : 0
                    mine += claimed
                }
                return mine
            }.flatMap { $0 }
            expectSame(claims.compactMap(\.requested.execution).sorted(), (0..<30).map { "e\($0)" }.sorted())
            #expect(Set(claims.map(\.claim)).count == 30)
            #expect(claims.allSatisfy { $0.attempt == 1 })
        }
    }

    @Test(
        "An execution whose holder's lease has ended is claimed again, as the next attempt",
        arguments: LogKind.allCases)
    func reclaim(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let requested = try await test.request(Names.executionA)
            var claims: Set<UUID> = []
            for attempt in 1...3 {
                let executor = try await test.executor()
                let claimed = try #require(try await claimOne(test, executor))
                #expect(claimed.requested == requested)
                #expect(claimed.attempt == Int64(attempt))
                claims.insert(claimed.claim)
                try await test.queue.heartbeat(executor: executor, name: "test", capacity: 4, lease: 0)
            }
            #expect(claims.count == 3)
        }
    }

    @Test("A renewed lease keeps what it holds", arguments: LogKind.allCases)
    func renewed(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.request(Names.executionA)
            let (first, second) = (try await test.executor(), try await test.executor())
            _ = try await claimOne(test, first)
            try await test.queue.heartbeat(executor: first, name: "test", capacity: 4, lease: 0)
            try await test.queue.heartbeat(executor: first, name: "test", capacity: 4, lease: 3600)
            #expect(try await claimOne(test, second) == nil)
        }
    }

    @Test("What a retired executor held is claimed again at once", arguments: LogKind.allCases)
    func retired(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            for number in 0..<3 { try await test.request("e\(number)") }
            let (first, second) = (try await test.executor(), try await test.executor())
            _ = try await test.queue.claim(executor: first, limit: 2)
            try await test.queue.retire(executor: first)
            let claimed = try await test.queue.claim(executor: second, limit: 10)
            expectSame(
                Dictionary(uniqueKeysWithValues: claimed.map { ($0.requested.execution, $0.attempt) }),
                ["e0": 2, "e1": 2, "e2": 1])
        }
    }

    @Test("Executors known to be dead are retired by name", arguments: LogKind.allCases)
    func retiredByName(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.request("e0")
            try await test.request("e1")
            _ = try await claimOne(test, try await test.executor("dead"))
            _ = try await claimOne(test, try await test.executor("alive"))
            let third = try await test.executor("third")
            expectSame(try await test.queue.executorNames().sorted(), ["alive", "dead", "third"])
            try await test.queue.retire(named: ["dead", "unknown"])
            expectSame(try await test.queue.executorNames().sorted(), ["alive", "third"])
            expectSame(try await test.queue.claim(executor: third, limit: 10).map(\.requested.execution), ["e0"])
        }
    }

    @Test("An executor whose lease has ended keeps its name until it is retired", arguments: LogKind.allCases)
    func deadNames(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let executor = try await test.executor("late")
            try await test.queue.heartbeat(executor: executor, name: "late", capacity: 1, lease: 0)
            expectSame(try await test.queue.executorNames(), ["late"])
            try await test.queue.retire(executor: executor)
            expectSame(try await test.queue.executorNames(), [])
        }
    }

    @Test("An eager claim holds the execution from the moment it is requested", arguments: LogKind.allCases)
    func eager(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let eager = EagerClaim(claim: UUID(), executor: try await test.executor())
            try await test.request(Names.executionA, eager: eager)
            #expect(try await claimOne(test, try await test.executor()) == nil)
            #expect(try await test.finish(Names.executionA, claim: eager.claim).committed?.count == 1)
        }
    }

    @Test("An eager claim counts as the first attempt and as running", arguments: LogKind.allCases)
    func eagerAttempt(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let executor = try await test.executor()
            try await test.request("a0", owner: "a", eager: EagerClaim(claim: UUID(), executor: executor))
            try await test.request("a1", owner: "a")
            try await test.request("b0", owner: "b")
            let other = try await test.executor()
            #expect(try await claimOne(test, other)?.requested.execution == "b0")
            #expect(try await claimOne(test, other)?.requested.execution == "a1")
            try await test.queue.retire(executor: executor)
            let reclaimed = try await claimOne(test, other)
            #expect(reclaimed?.requested.execution == "a0")
            #expect(reclaimed?.attempt == 2)
        }
    }

    @Test("A finished execution leaves the queue", arguments: LogKind.allCases)
    func finished(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.request(Names.executionA)
            let executor = try await test.executor()
            let claimed = try #require(try await claimOne(test, executor))
            #expect(try await test.finish(Names.executionA, claim: claimed.claim).committed?.count == 1)
            try await test.queue.retire(executor: executor)
            expectSame(try await test.queue.claim(executor: try await test.executor(), limit: 10), [])
        }
    }

    @Test("An execution is finished once: the second end is fenced", arguments: LogKind.allCases)
    func finishedOnce(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.request(Names.executionA)
            let claimed = try #require(try await claimOne(test, try await test.executor()))
            _ = try await test.finish(Names.executionA, claim: claimed.claim)
            #expect(try await test.finish(Names.executionA, claim: claimed.claim) == .fenced)
            #expect(try await test.log.head() == 2)
        }
    }

    @Test("Who holds no claim or a wrong one is fenced and writes nothing", arguments: LogKind.allCases)
    func wrongClaim(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.request(Names.executionA)
            #expect(try await test.finish(Names.executionA, claim: UUID()) == .fenced)
            _ = try await claimOne(test, try await test.executor())
            #expect(try await test.finish(Names.executionA, claim: UUID()) == .fenced)
            #expect(try await test.finish(Names.executionB, claim: UUID()) == .fenced)
            #expect(try await test.log.head() == 1)
        }
    }

    @Test(
        "A zombie is fenced after its execution was claimed again, the new holder is not",
        arguments: LogKind.allCases)
    func zombie(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.request(Names.executionA)
            let executor = try await test.executor()
            let old = try #require(try await claimOne(test, executor))
            try await test.queue.retire(executor: executor)
            let new = try #require(try await claimOne(test, try await test.executor()))
            #expect(try await test.finish(Names.executionA, claim: old.claim) == .fenced)
            #expect(try await test.finish(Names.executionA, claim: new.claim).committed?.count == 1)
        }
    }

    @Test("A fence comes before a version: a zombie hears that it is fenced", arguments: LogKind.allCases)
    func fenceBeforeConflict(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.request(Names.executionA)
            let outcome = try await test.log.append(
                Append(
                    session: "s-\(Names.executionA)", expected: .exactly(7),
                    events: [NewEvent(.executionStarted, execution: Names.executionA, body: [:])],
                    fence: Fence(execution: Names.executionA, claim: UUID())))
            #expect(outcome == .fenced)
        }
    }

    @Test("A repeated end is a duplicate, not a zombie", arguments: LogKind.allCases)
    func repeatedEnd(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.request(Names.executionA)
            let claimed = try #require(try await claimOne(test, try await test.executor()))
            let append = Append(
                session: "s-\(Names.executionA)", expected: .any,
                events: [NewEvent(.executionFinished, execution: Names.executionA, body: [:])],
                fence: Fence(execution: Names.executionA, claim: claimed.claim))
            let first = try #require(try await test.log.append(append).committed)
            expectSame(try await test.log.append(append), .duplicate(events: first))
        }
    }

    @Test("Progress does not end an execution", arguments: LogKind.allCases)
    func progress(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.request(Names.executionA)
            let executor = try await test.executor()
            let claimed = try #require(try await claimOne(test, executor))
            for type in [EventType.executionClaimed, .executionStarted] {
                let outcome = try await test.log.append(
                    Append(
                        session: "s-\(Names.executionA)", expected: .any,
                        events: [NewEvent(type, execution: Names.executionA, body: [:])],
                        fence: Fence(execution: Names.executionA, claim: claimed.claim)))
                #expect(outcome.committed?.count == 1)
            }
            try await test.queue.retire(executor: executor)
            #expect(try await claimOne(test, try await test.executor())?.attempt == 2)
        }
    }

    @Test("A refused request is not queued", arguments: LogKind.allCases)
    func refusedRequest(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let outcome = try await test.log.append(
                Append(
                    session: Names.sessionA, expected: .exactly(3),
                    events: [NewEvent(.executionRequested, execution: Names.executionA, body: [:])], queueOwner: "o"))
            #expect(outcome == .conflict(version: 0))
            expectSame(try await test.queue.claim(executor: try await test.executor(), limit: 10), [])
        }
    }

    @Test("A repeated request is queued once", arguments: LogKind.allCases)
    func repeatedRequest(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let append = Append(
                session: Names.sessionA, expected: .any,
                events: [NewEvent(.executionRequested, execution: Names.executionA, body: [:])], queueOwner: "o")
            _ = try await test.log.append(append)
            _ = try await test.log.append(append)
            #expect(try await test.queue.claim(executor: try await test.executor(), limit: 10).count == 1)
        }
    }

    @Test(
        "A request without an owner, or of an execution that is queued already, is invalid",
        arguments: LogKind.allCases)
    func invalidRequest(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test async throws in
            let request = { (owner: String?) in
                try await test.log.append(
                    Append(
                        session: Names.sessionA, expected: .any,
                        events: [NewEvent(.executionRequested, execution: Names.executionA, body: [:])],
                        queueOwner: owner))
            }
            await expectLogError(.invalid) { try await request(nil) }
            #expect(try await request("o").committed != nil)
            await expectLogError(.invalid) { try await request("o") }
            #expect(try await test.log.head() == 1)
        }
    }
}
