import Events
import Projections
import Testing

@Suite struct LedgerQueriesTests {
    private let bob = Owner(tenant: "tenant-1", principal: "bob")
    private let key = Owner(tenant: "key-1")

    private func fill(_ ledger: TestLedger) async throws {
        let owners = [Samples.owner, bob, key]
        for index in 0..<12 {
            let owner = owners[index % 3]
            try await ledger.append(
                Samples.id("s\(index)"),
                Samples.created(owner: owner, endUser: "u-\(index % 2)", entityID: index % 4 == 0 ? "agent" : nil),
                Samples.requested(
                    Samples.id("r\(index)"), language: index % 2 == 0 ? "py" : "js", owner: owner,
                    endUser: "u-\(index % 2)"))
            if index < 6 { try await ledger.append(Samples.id("s\(index)"), Samples.finished(Samples.id("r\(index)"))) }
        }
        try await ledger.append(Samples.id("s0"), NewEvent(.sessionDeleted, body: [:]))
        try await ledger.project()
    }

    private func sessions(
        _ ledger: TestLedger, _ scope: OwnerScope = .everything, _ change: (inout SessionQuery) -> Void = { _ in }
    ) async throws -> [String] {
        var query = SessionQuery(scope: scope, limit: 100)
        change(&query)
        return try await ledger.queries.sessions(query).map { String($0.id.prefix { $0 != "-" }) }
    }

    private func executions(
        _ ledger: TestLedger, _ scope: OwnerScope = .everything, _ change: (inout ExecutionQuery) -> Void = { _ in }
    ) async throws -> [String] {
        var query = ExecutionQuery(scope: scope, limit: 100)
        change(&query)
        return try await ledger.queries.executions(query).map { String($0.id.prefix { $0 != "-" }) }
    }

    @Test("Each scope shows its own, newest first")
    func scopes() async throws {
        try await TestLedger.run { ledger in
            try await fill(ledger)
            #expect(try await sessions(ledger).count == 12)
            #expect(try await sessions(ledger, .owners([Samples.owner])) == ["s9", "s6", "s3", "s0"])
            #expect(
                try await sessions(ledger, .owners([key, bob])) == ["s11", "s10", "s8", "s7", "s5", "s4", "s2", "s1"])
            #expect(try await sessions(ledger, .owners([Owner(tenant: "tenant-1")])) == [])
            #expect(try await sessions(ledger, .owners([])) == [])
            #expect(try await sessions(ledger, .tenant("key-1")) == ["s11", "s8", "s5", "s2"])
            #expect(try await executions(ledger, .owners([Samples.owner])) == ["r9", "r6", "r3", "r0"])
            #expect(try await executions(ledger, .tenant("tenant-1")).count == 8)
        }
    }

    @Test("Filters narrow the lists")
    func filters() async throws {
        try await TestLedger.run { ledger in
            try await fill(ledger)
            #expect(try await sessions(ledger) { $0.status = .deleted } == ["s0"])
            #expect(try await sessions(ledger) { $0.entityID = "agent" } == ["s8", "s4", "s0"])
            #expect(try await sessions(ledger, .owners([key])) { $0.endUser = "u-1" } == ["s11", "s5"])
            #expect(try await executions(ledger) { $0.status = "completed" } == ["r5", "r4", "r3", "r2", "r1", "r0"])
            #expect(try await executions(ledger) { $0.session = Samples.id("s7") } == ["r7"])
            #expect(
                try await executions(ledger) {
                    $0.language = "js"; $0.status = "queued"
                } == ["r11", "r9", "r7"])
            #expect(try await executions(ledger, .tenant("key-1")) { $0.endUser = "u-0" } == ["r8", "r2"])
        }
    }

    @Test("A range of creation times excludes its ends")
    func creationRange() async throws {
        try await TestLedger.run { ledger in
            try await fill(ledger)
            let all = try await ledger.queries.sessions(SessionQuery(scope: .everything, limit: 100))
            let (first, last) = (try #require(all.last?.createdAt), try #require(all.first?.createdAt))
            let inside = all.filter { $0.createdAt > first && $0.createdAt < last }.count
            let found = try await sessions(ledger) {
                $0.createdAfter = first
                $0.createdBefore = last
            }
            #expect(found.count == inside)
        }
    }

    @Test("Pages follow each other without gap or repeat while sessions are added")
    func pages() async throws {
        try await TestLedger.run { ledger in
            try await fill(ledger)
            var query = SessionQuery(scope: .owners([Samples.owner, bob]), limit: 3)
            var seen: [String] = []
            while case let page = try await ledger.queries.sessions(query), let last = page.last {
                seen += page.map(\.id)
                query.before = last.firstPosition
                try await ledger.append(Identifier.random(), Samples.created())
                try await ledger.project()
            }
            #expect(seen == ["s10", "s9", "s7", "s6", "s4", "s3", "s1", "s0"].map { Samples.id($0) })
        }
    }

    @Test("An execution is as it is now", arguments: [true, false])
    func execution(projected: Bool) async throws {
        try await TestLedger.run { ledger in
            let (s, run, other) = (Samples.id("s"), Samples.id("run"), Samples.id("other"))
            try await ledger.append(s, Samples.created(), Samples.requested(run), Samples.requested(other))
            try await ledger.append(s, Samples.started(run))
            if projected { try await ledger.project() }
            try await ledger.append(
                s, Samples.written(Samples.id("f"), name: "x", execution: run), Samples.finished(run))
            let events = try await ledger.queries.events(ofExecution: run)
            #expect(events == (try await ledger.allEvents()).filter { $0.execution == run })
            #expect(try await ledger.queries.execution(run)?.status == "completed")
            #expect(try await ledger.queries.execution(other)?.status == "queued")
            #expect(try await ledger.queries.execution(Samples.id("none")) == nil)
        }
    }
}
