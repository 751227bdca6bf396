import Events
import Postgres
import Projections
import Testing

@Suite struct ProjectorTests {
    @Test("The views show what was appended before and while the projector ran")
    func catchesUp() async throws {
        try await TestLedger.run { ledger in
            let s = Samples.id("session")
            try await ledger.append(s, Samples.created(endUser: "u-1"), Samples.uploaded(Samples.id("a"), name: "x"))
            try await ledger.withProjector { projector in
                try await projector.progress { $0.position == 2 }
                let last = try await ledger.append(s, Samples.requested(Samples.id("run"), language: "js"))
                try await projector.progress { $0.position == last.last?.position }
            }
            let sessions = try await ledger.queries.sessions(SessionQuery(scope: .everything, limit: 10))
            var expected = SessionSummary(try #require(FoldedLedger(try await ledger.allEvents()).sessions[s]))
            expected.firstPosition = 1
            #expect(sessions == [expected])
            let executions = try await ledger.queries.executions(ExecutionQuery(scope: .everything, limit: 10))
            #expect(executions.map(\.id) == [Samples.id("run")])
            #expect(executions.map(\.status) == ["queued"])
            #expect(try await ledger.sql("select session, file, name from runledger.file_view").count == 1)
        }
    }

    @Test("A projector that stops midway is continued, nothing is missing or doubled")
    func resumes() async throws {
        try await TestLedger.run { ledger in
            var history = RandomHistory(seed: 11, sessions: 20)
            for _ in 0..<8 {
                for _ in 0..<60 {
                    let (session, events) = history.next()
                    try await ledger.append(session, events)
                }
                // Stopped as soon as it has written anything at all, wherever that is.
                try await ledger.withProjector { projector in
                    let start = projector.progress.position
                    try await projector.progress { $0.isLeading && $0.position > start }
                }
            }
            try await ledger.project()
            try await expectViewsEqualLog(ledger)
        }
    }

    @Test("One of two projectors works, the other takes over when its connection is ended")
    func takeover() async throws {
        try await TestLedger.run { ledger in
            let (s, first, second) = (Samples.id("session"), ledger.projector(), ledger.projector())
            let firstTask = Task { try await first.run() }
            defer { firstTask.cancel() }
            try await first.progress { $0.isLeading }
            let secondTask = Task { try await second.run() }
            defer { secondTask.cancel() }

            try await ledger.append(s, Samples.created())
            try await first.progress { $0.position == 1 }
            #expect(!second.progress.isLeading)

            try await waitForStandby(ledger)
            try await ledger.sql(
                """
                select pg_terminate_backend(l.pid) from pg_locks l
                    where l.locktype = 'advisory' and l.granted and l.database = (
                            select oid from pg_database where datname = current_database())
                        and l.pid in (select pid from pg_stat_activity where application_name = 'runledger projector')
                """)
            try await second.progress { $0.isLeading }
            try await first.progress { !$0.isLeading }
            try await ledger.append(s, Samples.uploaded(Samples.id("a"), name: "x"))
            try await second.progress { $0.position == 2 }
            #expect(!first.progress.isLeading)

            // The one that lost stands by again.
            secondTask.cancel()
            try await secondTask.value
            try await first.progress { $0.isLeading && $0.position == 2 }
            try await expectViewsEqualLog(ledger)
            firstTask.cancel()
            try await firstTask.value
        }
    }

    /// Without a standby in the server's queue the first projector could come back before it.
    private func waitForStandby(_ ledger: TestLedger) async throws {
        let waiting = """
            select 1 from pg_locks l where l.locktype = 'advisory' and not l.granted
                and l.database = (select oid from pg_database where datname = current_database())
            """
        while try await ledger.sql(waiting).isEmpty { await Task.yield() }
    }

    @Test("What another process has moved the checkpoint past is not applied again")
    func movedCheckpoint() async throws {
        try await TestLedger.run { ledger in
            let s = Samples.id("session")
            try await ledger.append(s, Samples.created())
            try await ledger.withProjector { projector in
                try await projector.progress { $0.position == 1 }
                // As if a second leader had been first: the view row says so, whatever this projector thinks.
                try await ledger.sql("update runledger.projection set position = 2")
                try await ledger.append(s, Samples.uploaded(Samples.id("a"), name: "x"))
                let last = try await ledger.append(s, Samples.uploaded(Samples.id("b"), name: "y"))
                try await projector.progress { $0.position == last.last?.position }
            }
            let files = try await ledger.sql("select file from runledger.file_view")
            #expect(try files.map { try $0.decode(0, as: String.self) } == [Samples.id("b")])
        }
    }

    @Test("Labels with NUL and of any length do not stop it")
    func strangeLabels() async throws {
        try await TestLedger.run { ledger in
            let long = String(repeating: "数据", count: 20_000)
            try await ledger.append(
                Samples.id("one"), Samples.created(endUser: "a\u{0}b", entityID: "\u{0}"),
                Samples.requested(Samples.id("run"), endUser: "\u{0}"))
            try await ledger.append(
                Samples.id("two"), Samples.created(owner: Owner(tenant: long), endUser: long, entityID: long),
                Samples.requested(Samples.id("run2"), owner: Owner(tenant: long), endUser: long))
            try await ledger.project()
            let query = SessionQuery(scope: .owners([Owner(tenant: long)]), limit: 10)
            #expect(try await ledger.queries.sessions(query).map(\.endUser) == [long])
        }
    }
}

/// Expects the tables to say what the folds of the whole log say.
func expectViewsEqualLog(_ ledger: TestLedger) async throws {
    let folded = FoldedLedger(try await ledger.allEvents())
    #expect(
        try await ledger.sql("select position from runledger.projected").map { try $0.decode(0, as: Int64.self) }
            == [try await ledger.log.head()])
    for (id, state) in folded.sessions {
        #expect(try await ledger.reader.loadComplete(id) == state)
    }
    let sessions = try await ledger.queries.sessions(SessionQuery(scope: .everything, limit: 100_000))
    #expect(sessions.count == folded.sessions.count)
    for var row in sessions {
        row.firstPosition = 0
        #expect(row == folded.sessions[row.id].map { SessionSummary($0) })
    }
    let executions = try await ledger.queries.executions(ExecutionQuery(scope: .everything, limit: 100_000))
    #expect(executions.count == folded.executions.count)
    for row in executions { #expect(row == folded.executions[row.id].map { ExecutionSummary($0) }) }
    let files = folded.sessions.values.reduce(0) { $0 + $1.files.count }
    #expect(try await ledger.sql("select 1 from runledger.file_view").count == files)
}
