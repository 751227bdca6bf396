import Events
import Testing

@testable import Projections

@Suite struct LedgerFoldTests {
    private let s = Samples.id("session")
    private let run = Samples.id("run")
    private let a = Samples.id("a")
    private let b = Samples.id("b")

    @Test("Only rows that changed are written, each once")
    func changedRowsOnly() {
        var fold = LedgerFold(memory: 100)
        fold.apply(
            history(s, Samples.created(), Samples.uploaded(a, name: "x"), Samples.uploaded(b, name: "y")))
        #expect(fold.takeChanges().files.count == 2)

        fold.apply([
            .committed(Samples.requested(run), session: s, version: 4, position: 200),
            .committed(
                Samples.written(Samples.id("c"), name: "y", execution: run), session: s, version: 5, position: 201),
            .committed(Samples.finished(run), session: s, version: 6, position: 202),
        ])
        let changes = fold.takeChanges()
        #expect(changes.sessions.map(\.version) == [6])
        #expect(changes.sessions.map(\.firstPosition) == [101])
        #expect(Set(changes.files.map(\.file.id)) == [b, Samples.id("c")])
        #expect(changes.files.first { $0.file.id == b }?.file.isCurrent == false)
        #expect(changes.executions.map(\.status) == ["completed"])
        #expect(fold.takeChanges().sessions.isEmpty)
    }

    @Test("A deleted version's row goes, a name lost by a version that is not in memory changes nothing")
    func deletions() {
        var fold = LedgerFold(memory: 100)
        var state = SessionState(id: s)
        state.version = 9
        fold.insert([ProjectedSession(state, firstPosition: 1)], [])
        fold.apply([
            .committed(Samples.deleted(a, name: "x", .version), session: s, version: 10, position: 20),
            .committed(Samples.deleted(b, name: "y", .current), session: s, version: 11, position: 21),
        ])
        let changes = fold.takeChanges()
        #expect(changes.removedFiles.map(\.file) == [a])
        #expect(changes.files.isEmpty)
    }

    @Test("Nothing is loaded for what begins in the same batch")
    func missing() {
        var fold = LedgerFold(memory: 100)
        let events = history(s, Samples.created(), Samples.requested(run), Samples.finished(run))
        #expect(fold.missing(for: events).isEmpty)
        #expect(fold.missing(for: Array(events.dropFirst(2))).sessions == [s])
        #expect(fold.missing(for: Array(events.dropFirst(2))).executions == [run])
        fold.apply(events)
        #expect(fold.missing(for: Array(events.dropFirst(2))).isEmpty)
    }

    @Test("An erased session takes the content of its executions along")
    func erasedSession() {
        var fold = LedgerFold(memory: 100)
        fold.apply(history(s, Samples.created(), Samples.requested(run), Samples.finished(run)))
        _ = fold.takeChanges()
        fold.apply([.committed(NewEvent(.sessionErased, body: [:]), session: s, version: 4, position: 300)])
        #expect(fold.takeChanges().erasedSessions == [s])
        // A late event of it finds it erased.
        fold.apply([
            .committed(
                NewEvent(EventType(rawValue: "execution.replayed"), execution: run, body: [:]), session: s, version: 5,
                position: 301)
        ])
        #expect(fold.takeChanges().executions.map(\.request) == [nil])
    }

    @Test("Old versions do not pile up in memory")
    func oldVersions() {
        var session = ProjectedSession(id: s)
        for (index, event) in (0..<1000).map({ Samples.uploaded(Samples.id("f\($0)"), name: "same.txt") }).enumerated()
        {
            session.apply(.committed(event, session: s, version: Int64(index + 1), position: Int64(index + 1)))
            session.settle()
        }
        #expect(session.state.files.count < 100)
        #expect(session.state.currentFiles.map(\.id) == [Samples.id("f999")])
    }

    @Test("A label with NUL becomes one that the database can hold")
    func nul() {
        #expect("a\u{0}b".withoutNUL == "a\u{FFFD}b")
        #expect("数据".withoutNUL == "数据")
    }
}
