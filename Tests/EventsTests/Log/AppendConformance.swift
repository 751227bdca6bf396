import Events
import Foundation
import Testing

@Suite("Every log: appending and reading", .serialized, .timeLimit(.minutes(2)))
struct AppendConformance {
    @Test("An empty log has head 0 and nothing to read", arguments: LogKind.allCases)
    func empty(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            #expect(try await test.log.head() == 0)
            expectSame(try await test.log.read(after: 0, limit: 10), [])
            expectSame(try await test.log.read(session: Names.sessionA, after: 0, limit: 10), [])
        }
    }

    @Test("Events are numbered densely in the log and in their session", arguments: LogKind.allCases)
    func numbering(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.append("1", "2", to: Names.sessionA)
            try await test.append("3", to: Names.sessionB)
            try await test.append("4", to: Names.sessionA)
            try await test.append("5", "6", "7", to: Names.sessionB)
            let events = try await test.everything()
            expectSame(events.map(\.note), (1...7).map { "\($0)" })
            expectSame(events.map(\.position), Array(1...7))
            expectSame(events.map(\.version), [1, 2, 1, 3, 2, 3, 4])
            #expect(try await test.log.head() == 7)
        }
    }

    @Test("What append returns is what is read later", arguments: LogKind.allCases)
    func returnsCommitted(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let first = try await test.append("a", "é😀\u{0}\"\\", to: Names.sessionA)
            let second = try await test.append("b", to: Names.sessionB)
            expectSame(try await test.everything(), first + second)
            expectSame(try await test.log.read(session: Names.sessionA, after: 0, limit: 10), first)
        }
    }

    @Test("Events keep their type, execution, data and salt", arguments: LogKind.allCases)
    func keepsContent(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let new = NewEvent(
                EventType(rawValue: "future.type"), execution: Names.executionA, body: ["a": [1, nil, "x"]],
                salt: Array(0...31))
            let outcome = try await test.log.append(Append(session: Names.sessionA, expected: .none, events: [new]))
            for event in [outcome.committed?.first, try await test.everything().first] {
                let event = try #require(event)
                #expect(event.type == new.type)
                #expect(event.execution == Names.executionA)
                #expect(event.data == #"{"a":[1,null,"x"]}"#)
                #expect(event.salt == Array(0...31))
            }
        }
    }

    @Test("Reading goes on after a position, up to a limit", arguments: LogKind.allCases)
    func pages(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            for number in 1...5 { try await test.append("\(number)", to: number.isMultiple(of: 2) ? "even" : "odd") }
            expectSame(try await test.log.read(after: 2, limit: 2).map(\.note), ["3", "4"])
            expectSame(try await test.log.read(after: 4, limit: 2).map(\.note), ["5"])
            expectSame(try await test.log.read(after: 5, limit: 2), [])
            expectSame(try await test.log.read(after: 99, limit: 2), [])
        }
    }

    @Test("A session is read on its own, after a version, up to a limit", arguments: LogKind.allCases)
    func sessionPages(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            for number in 1...6 { try await test.append("\(number)", to: number.isMultiple(of: 2) ? "even" : "odd") }
            expectSame(try await test.log.read(session: "even", after: 0, limit: 10).map(\.note), ["2", "4", "6"])
            expectSame(try await test.log.read(session: "even", after: 1, limit: 1).map(\.note), ["4"])
            expectSame(try await test.log.read(session: "even", after: 3, limit: 1), [])
        }
    }

    @Test("An append that expects no session is taken only once", arguments: LogKind.allCases)
    func expectsNone(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test async throws in
            let append = { Append(session: Names.sessionA, expected: .none, events: [note("a"), note("b")]) }
            #expect(try await test.log.append(append()).committed?.count == 2)
            #expect(try await test.log.append(append()) == .conflict(version: 2))
            #expect(try await test.log.head() == 2)
        }
    }

    @Test("An append that expects a version is taken only at that version", arguments: LogKind.allCases)
    func expectsVersion(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let append = { Append(session: Names.sessionA, expected: .exactly($0), events: [note("x")]) }
            #expect(try await test.log.append(append(1)) == .conflict(version: 0))
            try await test.append("a", "b", to: Names.sessionA)
            #expect(try await test.log.append(append(1)) == .conflict(version: 2))
            #expect(try await test.log.append(append(3)) == .conflict(version: 2))
            #expect(try await test.log.append(append(2)).committed?.first?.version == 3)
            #expect(try await test.log.append(append(2)) == .conflict(version: 3))
            #expect(try await test.log.head() == 3)
        }
    }

    @Test("What a runtime hint means is decided once, and replaced only by who knows", arguments: LogKind.allCases)
    func runtimeHint(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test async throws in
            let owner = Owner(tenant: "t")
            let binding = RuntimeBinding(owner: owner, endUser: "u \"runtime_key\":\"", hint: "h")
            @Sendable func append(_ session: String, replacing dead: String? = nil) -> Append {
                var runtime = binding
                runtime.replaces = dead
                let created = SessionCreated(
                    kind: .private, owner: owner, endUser: nil, entityID: nil, actor: Actor(id: "a", kind: "api_key"),
                    runtime: runtime)
                return Append(session: session, expected: .none, events: [created.event()])
            }
            let outcomes = try await concurrently(20) { try await test.log.append(append("session-\($0)")) }
            #expect(outcomes.count { $0.committed != nil } == 1)
            #expect(outcomes.count { $0 == .conflict(version: 0) } == 19)
            let winner = try #require(outcomes.compactMap(\.committed?.first).first).session
            #expect(try await test.log.append(append("another", replacing: "wrong")) == .conflict(version: 0))
            #expect(try await test.log.append(append("next", replacing: winner)).committed != nil)
            #expect(try await test.log.append(append("late", replacing: winner)) == .conflict(version: 0))
            #expect(try await test.log.head() == 2)
        }
    }

    @Test("Version 0 expected is the same as no session expected", arguments: LogKind.allCases)
    func expectsZero(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test async throws in
            let append = { Append(session: Names.sessionA, expected: .exactly(0), events: [note()]) }
            #expect(try await test.log.append(append()).committed != nil)
            #expect(try await test.log.append(append()) == .conflict(version: 1))
        }
    }

    @Test("Of many appends that expect the same version one is taken", arguments: LogKind.allCases)
    func oneWinner(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.append("first", to: Names.sessionA)
            let outcomes = try await concurrently(20) { number in
                try await test.log.append(
                    Append(session: Names.sessionA, expected: .exactly(1), events: [note("\(number)")]))
            }
            #expect(outcomes.count { $0.committed != nil } == 1)
            #expect(outcomes.count { $0 == .conflict(version: 2) } == 19)
            #expect(try await test.log.head() == 2)
        }
    }

    @Test("An append without events is invalid", arguments: LogKind.allCases)
    func withoutEvents(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            await expectLogError(.invalid) {
                try await test.log.append(Append(session: Names.sessionA, expected: .any, events: []))
            }
        }
    }

    @Test("A command that comes again returns the first outcome and adds nothing", arguments: LogKind.allCases)
    func duplicate(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let append = Append(session: Names.sessionA, expected: .none, events: [note("a"), note("b")])
            let first = try #require(try await test.log.append(append).committed)
            expectSame(try await test.log.append(append), .duplicate(events: first))
            #expect(try await test.log.head() == 2)
        }
    }

    @Test(
        "A command that comes again after others of its session returns the first outcome",
        arguments: LogKind.allCases)
    func lateDuplicate(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.append("before", to: Names.sessionA)
            let append = Append(session: Names.sessionA, expected: .exactly(1), events: [note("a"), note("b")])
            let first = try #require(try await test.log.append(append).committed)
            try await test.append("after", to: Names.sessionA)
            try await test.append("elsewhere", to: Names.sessionB)
            expectSame(try await test.log.append(append), .duplicate(events: first))
            #expect(try await test.log.head() == 5)
        }
    }

    @Test("A command that comes again with other events returns those of the first time", arguments: LogKind.allCases)
    func differentDuplicate(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let append = Append(session: Names.sessionA, expected: .any, events: [note("a"), note("b")])
            let first = try #require(try await test.log.append(append).committed)
            for events in [[note("x"), note("y")], [note("x")], [note("x"), note("y"), note("z")]] {
                let again = Append(session: Names.sessionA, expected: .any, events: events, command: append.command)
                expectSame(try await test.log.append(again), .duplicate(events: first))
            }
            #expect(try await test.log.head() == 2)
        }
    }

    @Test("Duplicates and new appends side by side do not disturb each other", arguments: LogKind.allCases)
    func duplicatesAmongOthers(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let appends = (0..<20).map { number in
                Append(session: "s\(number)", expected: .none, events: [note("\(number)")])
            }
            for append in appends[..<10] { _ = try await test.log.append(append) }
            let outcomes = try await concurrently(20) { try await test.log.append(appends[$0]) }
            expectSame(outcomes.map { $0.committed?.first?.note }, (0..<20).map { "\($0)" })
            let isDuplicate = outcomes.map { if case .duplicate = $0 { true } else { false } }
            expectSame(isDuplicate, Array(repeating: true, count: 10) + Array(repeating: false, count: 10))
            #expect(try await test.log.head() == 20)
        }
    }

    @Test("A command that was refused may come again with what is right", arguments: LogKind.allCases)
    func retryAfterConflict(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            try await test.append("a", to: Names.sessionA)
            var append = Append(session: Names.sessionA, expected: .none, events: [note("b")])
            #expect(try await test.log.append(append) == .conflict(version: 1))
            append.expected = .exactly(1)
            #expect(try await test.log.append(append).committed?.first?.version == 2)
        }
    }

    @Test("A hold forbids to delete, erase and expire a session, and nothing else", arguments: LogKind.allCases)
    func held(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test async throws in
            let append = { (types: [EventType]) in
                try await test.log.append(
                    Append(session: Names.sessionA, expected: .any, events: types.map { NewEvent($0, body: [:]) }))
            }
            #expect(try await append([.sessionCreated, .sessionHeld]).committed != nil)
            for type in [EventType.sessionDeleted, .sessionErased, .sessionExpired] {
                #expect(try await append([type]) == .held)
                #expect(try await append([.fileUploaded, type]) == .held)
            }
            #expect(try await append([.fileUploaded]).committed != nil)
            #expect(try await test.log.head() == 3)
            #expect(try await append([.sessionReleased]).committed != nil)
            #expect(try await append([.sessionDeleted]).committed != nil)
        }
    }

    @Test("A hold is a matter of one session", arguments: LogKind.allCases)
    func heldAlone(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let append = { (session: String, type: EventType) in
                try await test.log.append(
                    Append(session: session, expected: .any, events: [NewEvent(type, body: [:])]))
            }
            _ = try await append(Names.sessionA, .sessionHeld)
            #expect(try await append(Names.sessionB, .sessionDeleted).committed != nil)
        }
    }

    @Test("Hashes are those of the contract, chained within each session", arguments: LogKind.allCases)
    func hashes(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            for number in 0..<9 {
                _ = try await test.log.append(
                    Append(
                        session: "session-\(number % 3)", expected: .any,
                        events: [note("é\(number)"), note("\u{0}\"", execution: "execution-\(number)")]))
            }
            var heads: [String: Digest32] = [:]
            for event in try await test.everything() {
                #expect(event.previousHash == heads[event.session] ?? EventHash.genesis)
                #expect(
                    event.dataCommitment
                        == EventHash.commitment(salt: try #require(event.salt), data: try #require(event.data)))
                #expect(event.hash == EventHash.hash(of: event))
                heads[event.session] = event.hash
            }
            #expect(heads.count == 3)
        }
    }

    @Test("Time never runs backwards", arguments: LogKind.allCases)
    func time(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let before = Timestamp.now()
            _ = try await concurrently(4) { writer in
                for number in 0..<10 { try await test.append("\(number)", "more", to: "s\(writer)") }
            }
            let after = Timestamp.now()
            let times = try await test.everything().map(\.time)
            expectSame(times, times.sorted())
            #expect(times.allSatisfy { (before...after).contains($0) })
        }
    }

    @Test("Events of one append have one time and follow each other", arguments: LogKind.allCases)
    func unit(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let appended = try await concurrently(20) { number in
                try await test.append("a", "b", "c", to: "s\(number % 5)")
            }
            for events in appended {
                #expect(Set(events.map(\.time)).count == 1)
                expectSame(events.map { $0.position - events[0].position }, [0, 1, 2])
                expectSame(events.map { $0.version - events[0].version }, [0, 1, 2])
            }
        }
    }

    @Test("Appends of one caller keep their order, those of many are all there", arguments: LogKind.allCases)
    func manyWriters(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            _ = try await concurrently(16) { writer in
                // Two writers share a session.
                for number in 0..<20 { try await test.append("\(writer)/\(number)", to: "s\(writer / 2)") }
            }
            let events = try await test.everything()
            expectSame(events.map(\.position), Array(1...320))
            for writer in 0..<16 {
                expectSame(
                    events.compactMap(\.note).filter { $0.hasPrefix("\(writer)/") }, (0..<20).map { "\(writer)/\($0)" })
            }
            for (session, events) in Dictionary(grouping: events, by: \.session) {
                expectSame(events.map(\.version), Array(1...40), session)
            }
        }
    }
}

/// Expects `body` to throw a `LogError` with that code.
func expectLogError<Value>(
    _ code: LogError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Value
) async {
    do {
        let value = try await body()
        Issue.record("expected \(code), got \(value)", sourceLocation: sourceLocation)
    } catch let error as LogError {
        #expect(error.code == code, sourceLocation: sourceLocation)
    } catch {
        Issue.record("expected \(code), got \(error)", sourceLocation: sourceLocation)
    }
}
