import Events
import Postgres
import Synchronization
import Testing

@testable import Projections

@Suite struct RebuildTests {
    @Test("Appends, readers and the projector go on during a rebuild")
    func underTraffic() async throws {
        try await TestLedger.run { ledger in
            var history = RandomHistory(seed: 3, sessions: 30)
            for _ in 0..<300 {
                let (session, events) = history.next()
                try await ledger.append(session, events)
            }
            try await ledger.withProjector { projector in
                try await projector.progress { $0.isLeading }
                let traffic = Traffic(ledger, history)
                async let appended = traffic.run()
                for _ in 0..<3 {
                    let before = try await ledger.servingVersion()
                    let report = try await ledger.administration.rebuild()
                    #expect(report.version == Int(before) + 1)
                    #expect(try await ledger.servingVersion() == Int32(report.version))
                }
                traffic.stop()
                #expect(try await appended > 0)
                let head = try await ledger.log.head()
                try await projector.progress { $0.position == head }
            }
            try await expectViewsEqualLog(ledger)
            #expect(try await ledger.administration.verify().isEqual)
            #expect(try await ledger.administration.status().map(\.use) == [.serving, .serving, .serving])
        }
    }

    @Test("A rebuild catches up a view whose projector never ran")
    func neverProjected() async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(Samples.id("s"), Samples.created(), Samples.requested(Samples.id("r")))
            let (phases, told) = AsyncStream<RebuildProgress.Phase>.makeStream()
            let report = try await ledger.administration.rebuild { told.yield($0.phase) }
            told.finish()
            #expect(report == RebuildReport(version: 2, position: 2, events: 2))
            #expect(await phases.reduce(into: []) { $0.append($1) } == [.folding, .indexing, .switching])
            try await expectViewsEqualLog(ledger)
        }
    }

    @Test(
        "A row that was tampered with is found",
        arguments: [
            "update runledger.session_view set file_count = 7",
            "update runledger.file_view set name = 'z' where file = (select max(file) from runledger.file_view)",
            "delete from runledger.execution_view",
        ])
    func tampered(damage: String) async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(
                Samples.id("s"), Samples.created(), Samples.uploaded(Samples.id("a"), name: "x"),
                Samples.uploaded(Samples.id("b"), name: "y"), Samples.requested(Samples.id("r")))
            try await ledger.project()
            #expect(try await ledger.administration.verify().isEqual)
            try await ledger.sql(damage)
            let verification = try await ledger.administration.verify()
            #expect(verification.differences.count == 1)
            let difference = try #require(verification.differences.first)
            #expect(difference.served != difference.rebuilt)
            #expect(difference.rebuilt != nil)
            #expect((difference.served == nil) == (difference.name == .executions))
        }
    }

    @Test("Views behind the log are compared where they stand")
    func verifyBehindLog() async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(Samples.id("s"), Samples.created())
            try await ledger.project()
            try await ledger.append(Samples.id("s"), Samples.uploaded(Samples.id("a"), name: "x"))
            let verification = try await ledger.administration.verify()
            #expect(verification == ProjectionVerification(position: 1, events: 1, differences: []))
            #expect(try await ledger.administration.status().map(\.lag) == [1, 1, 1])
        }
    }

    @Test("Executions of an erased session equal their rebuild from what is left of the log")
    func erasedExecutions() async throws {
        try await TestLedger.run { ledger in
            let (s, other) = (Samples.id("s"), Samples.id("other"))
            let runs = (1...3).map { Samples.id("run\($0)") }
            try await ledger.append(other, Samples.created(), Samples.requested(Samples.id("kept")))
            try await ledger.append(
                s, Samples.created(), Samples.requested(runs[0]), Samples.claimed(runs[0]), Samples.finished(runs[0]),
                Samples.requested(runs[1]), Samples.claimed(runs[1]), Samples.started(runs[1]))
            // Another projector sees the erasure, so these executions are not in its memory.
            try await ledger.project()
            try await ledger.append(s, Samples.requested(runs[2]), NewEvent(.sessionErased, body: [:]))
            try await ledger.append(s, Samples.finished(runs[1]))
            try await ledger.project()

            try await ledger.sql("alter table runledger.event disable trigger event_is_append_only")
            try await ledger.sql(
                "update runledger.event set data = null, salt = null where session = $1 and execution is not null",
                [.text(s)])
            let differences = try await ledger.administration.verify().differences
            #expect(!differences.contains { $0.name == .executions })
            let rows = try await ledger.queries.executions(ExecutionQuery(scope: .everything, limit: 10))
            #expect(rows.map(\.isErased) == [true, true, true, false])
            #expect(rows.map(\.language) == ["", "", "", "py"])
        }
    }

    @Test("Only one rebuild runs at a time, and leftovers of a broken one go")
    func oneAtATime() async throws {
        try await TestLedger.run { ledger in
            try await ledger.sql("select runledger.begin_projection()")
            #expect(try await ledger.administration.status().count { $0.use == .building } == 3)
            try await ledger.client.withDedicated { other in
                try await other.query(
                    SQLQuery("select pg_advisory_lock(hashtextextended('runledger.projections', 0))"))
                let error = await #expect(throws: ProjectionError.self) { try await ledger.administration.rebuild() }
                #expect(error?.code == .busy)
                // Not left to the end of the session, which the server notices in its own time.
                try await other.query(SQLQuery("select pg_advisory_unlock_all()"))
            }
            #expect(try await ledger.administration.rebuild().version == 2)
            #expect(try await ledger.administration.status().map(\.use) == [.serving, .serving, .serving])
        }
    }

    @Test("A query that holds the views delays the switch and does not fail")
    func patientSwitch() async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(Samples.id("s"), Samples.created())
            async let slow = ledger.sql("select count(*), pg_sleep(0.6) from runledger.session_view")
            // Begun only when the slow query has the view.
            let holds = "select 1 from pg_locks where relation = 'runledger.session_view'::regclass and granted"
            while try await ledger.sql(holds).isEmpty { await Task.yield() }
            try await ledger.administration.rebuild()
            #expect(try await slow.count == 1)
            try await expectViewsEqualLog(ledger)
        }
    }
}

/// Appends and reads what it appended until it is stopped.
private final class Traffic: Sendable {
    private let ledger: TestLedger
    private let history: Mutex<RandomHistory>
    private let isStopped = Mutex(false)

    init(_ ledger: TestLedger, _ history: RandomHistory) {
        self.ledger = ledger
        self.history = Mutex(history)
    }

    func stop() { isStopped.withLock { $0 = true } }

    /// Returns how many events were appended.
    func run() async throws -> Int {
        var count = 0
        while !isStopped.withLock({ $0 }) {
            let (session, events) = history.withLock { $0.next() }
            let committed = try await ledger.append(session, events)
            let state = try #require(try await ledger.reader.loadComplete(session))
            #expect(state.version == committed.last?.version)
            #expect(state.headHash == committed.last?.hash)
            count += committed.count
        }
        return count
    }
}
