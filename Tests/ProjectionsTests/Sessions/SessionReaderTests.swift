import Events
import Projections
import Testing

@Suite struct SessionReaderTests {
    private let s = Samples.id("session")
    private let t = Samples.id("other")
    private let run = Samples.id("run")
    private let a = Samples.id("a")
    private let b = Samples.id("b")
    private let c = Samples.id("c")

    @Test("A session is complete before any projector has run")
    func neverProjected() async throws {
        try await TestLedger.run { ledger in
            let events = try await ledger.append(
                s, Samples.created(endUser: "u"), Samples.uploaded(a, name: "x"), Samples.uploaded(b, name: "x"),
                Samples.requested(run))
            let expected = FoldedLedger(events).sessions[s]
            #expect(try await ledger.reader.loadComplete(s) == expected)
            #expect(try await ledger.reader.load([s], files: [])[s] == expected)
        }
    }

    @Test("A session is as it is now while the projector is stopped")
    func stoppedProjector() async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(
                s, Samples.created(), Samples.uploaded(a, name: "x"), Samples.uploaded(b, name: "y"))
            try await ledger.project()
            try await ledger.append(s, Samples.uploaded(c, name: "x"), Samples.deleted(b, name: "y"))
            try await ledger.append(s, NewEvent(.sessionExpired, body: [:]))
            let state = try #require(try await ledger.reader.loadComplete(s))
            #expect(state == FoldedLedger(try await ledger.allEvents()).sessions[s])
            #expect(state.status == .expired)
            #expect(state.current == ["x": c])
            #expect(Set(state.files.keys) == [a, c])
        }
    }

    @Test("Current files come by themselves, old ones when they are named")
    func namedFiles() async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(
                s, Samples.created(), Samples.uploaded(a, name: "x"), Samples.uploaded(b, name: "x"),
                Samples.uploaded(c, name: "x"))
            try await ledger.project()
            #expect(try await ledger.reader.load([s], files: [])[s]?.files.keys.sorted() == [c])
            #expect(try await ledger.reader.load([s], files: [a, "nothing"])[s]?.files.keys.sorted() == [a, c])
            #expect(try await ledger.reader.loadComplete(s)?.files.keys.sorted() == [a, b, c])
        }
    }

    @Test("Sessions that do not exist are left out")
    func unknownSessions() async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(s, Samples.created())
            #expect(try await ledger.reader.load([s, t, "malformed", ""], files: []).keys.sorted() == [s])
            #expect(try await ledger.reader.load([], files: []).isEmpty)
            #expect(try await ledger.reader.loadComplete(t) == nil)
        }
    }

    @Test("A file's owner is found, not who has an alias", arguments: [true, false])
    func owningFile(projected: Bool) async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(
                s, Samples.created(), Samples.uploaded(a, name: "x"), Samples.uploaded(b, name: "y"))
            try await ledger.append(t, Samples.created(), Samples.linked(a, name: "x", source: s))
            if projected { try await ledger.project() }
            #expect(try await ledger.reader.sessions(owningFile: a) == [s])
            #expect(try await ledger.reader.sessions(owningFile: c) == [])
            #expect(try await ledger.reader.sessions(owningFile: "%") == [])
            try await ledger.append(t, Samples.deleted(a, name: "x"))
            try await ledger.append(s, Samples.deleted(b, name: "y", .current))
            #expect(try await ledger.reader.sessions(owningFile: a) == [s])
            #expect(try await ledger.reader.sessions(owningFile: b) == [s])
            try await ledger.append(s, Samples.deleted(a, name: "x"))
            #expect(try await ledger.reader.sessions(owningFile: a) == [])
            try await ledger.project()
            #expect(try await ledger.reader.sessions(owningFile: a) == [])
            #expect(try await ledger.reader.sessions(owningFile: b) == [s])
        }
    }

    @Test("A touch is remembered for ten minutes")
    func touch() async throws {
        try await TestLedger.run { ledger in
            let first = try await ledger.reader.touch(s)
            #expect(try await ledger.reader.touch(s) == first)
            try await ledger.sql("update runledger.session_touch set touched_at = touched_at - interval '11 minutes'")
            let again = try await ledger.reader.touch(s)
            #expect(again >= first)
            #expect(try await ledger.reader.touch(s) == again)
        }
    }
}
