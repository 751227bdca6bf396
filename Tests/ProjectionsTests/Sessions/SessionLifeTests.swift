import Events
import Logging
import Projections
import Testing

@Suite struct SessionLifeTests {
    private let s = Samples.id("session")
    private let a = Samples.id("a")
    private let hour = SessionLife(hours: 1)

    private func reader(_ ledger: TestLedger) -> PostgresSessionReader {
        PostgresSessionReader(client: ledger.client, life: hour)
    }

    private func expiry(_ ledger: TestLedger) -> SessionExpiry {
        SessionExpiry(
            client: ledger.client, log: ledger.log, life: hour,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Makes what was written now look as old as this: the row of the view and the touch.
    private func age(_ ledger: TestLedger, minutes: Int) async throws {
        try await ledger.sql(
            """
            with touched as (
                update runledger.session_touch set touched_at = touched_at - \(minutes) * interval '1 minute')
            update runledger.sessions_v1 set last_activity_at = last_activity_at - \(minutes) * interval '1 minute'
            """)
    }

    @Test("A session that is not used is expired when its time is over, and says when")
    func expires() async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(s, Samples.created(entityID: "agent"), Samples.uploaded(a, name: "x"))
            try await ledger.project()
            let fresh = try #require(try await reader(ledger).load([s], files: [])[s])
            #expect(fresh.isLive)
            #expect(fresh.expiresAt?.milliseconds == fresh.lastActivityAt.milliseconds + 3_600_000)
            try await age(ledger, minutes: 61)
            let old = try #require(try await reader(ledger).loadComplete(s))
            #expect(old.status == .expired && !old.isLive)
            #expect(try await ledger.reader.load([s], files: [])[s]?.isLive == true)
            let latest = try await reader(ledger).latestSession(owner: Samples.owner, entityID: "agent", endUser: nil)
            #expect(latest == nil)
        }
    }

    @Test("A touch, an event after the views' position and a legal hold keep it alive")
    func lives() async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(s, Samples.created(entityID: "agent"))
            try await ledger.project()
            try await age(ledger, minutes: 61)
            _ = try await reader(ledger).touch(s)
            let touched = try #require(try await reader(ledger).load([s], files: [])[s])
            #expect(touched.isLive)
            let latest = try await reader(ledger).latestSession(owner: Samples.owner, entityID: "agent", endUser: nil)
            #expect(latest == s)
            try await age(ledger, minutes: 61)
            #expect(try await reader(ledger).load([s], files: [])[s]?.isLive == false)
            try await ledger.append(s, Samples.uploaded(a, name: "x"))
            #expect(try await reader(ledger).load([s], files: [])[s]?.isLive == true)
            try await ledger.append(s, NewEvent(.sessionHeld, body: [:]))
            try await ledger.project()
            try await age(ledger, minutes: 1000)
            let held = try #require(try await reader(ledger).load([s], files: [])[s])
            #expect(held.isLive && held.expiresAt == nil)
        }
    }

    @Test("The end is recorded once, and only of what nobody used, holds or runs in")
    func recorded() async throws {
        try await TestLedger.run { ledger in
            let (used, held, busy) = (Samples.id("used"), Samples.id("held"), Samples.id("busy"))
            for session in [s, used, held, busy] { try await ledger.append(session, Samples.created()) }
            try await ledger.append(held, NewEvent(.sessionHeld, body: [:]))
            try await ledger.append(busy, Samples.requested(Samples.id("run")))
            try await ledger.project()
            try await age(ledger, minutes: 62)
            // After the views' position: what they tell of it is old.
            try await ledger.append(used, Samples.uploaded(a, name: "x"))
            #expect(try await expiry(ledger).perform() == 1)
            #expect(try await expiry(ledger).perform() == 0)
            let last = try #require(try await ledger.allEvents().last)
            #expect((last.session, last.type) == (s, .sessionExpired))
            #expect(SessionExpired(last.body).hours == 1)
            #expect(try await ledger.reader.load([s], files: [])[s]?.status == .expired)
        }
    }

    @Test("A list shows what is over as expired, and filters by it")
    func list() async throws {
        try await TestLedger.run { ledger in
            let live = Samples.id("live")
            try await ledger.append(s, Samples.created())
            try await ledger.project()
            try await age(ledger, minutes: 61)
            try await ledger.append(live, Samples.created())
            try await ledger.project()
            let queries = LedgerQueries(client: ledger.client, life: hour)
            func sessions(_ status: SessionStatus?) async throws -> [String] {
                var query = SessionQuery(scope: .everything, limit: 10)
                query.status = status
                return try await queries.sessions(query).map { "\($0.id.prefix(4)) \($0.status) \($0.expiresAt != nil)" }
            }
            #expect(try await sessions(nil) == ["live active true", "sess expired true"])
            #expect(try await sessions(.active) == ["live active true"])
            #expect(try await sessions(.expired) == ["sess expired true"])
            #expect(try await ledger.queries.sessions(SessionQuery(scope: .everything, limit: 10)).allSatisfy { $0.expiresAt == nil })
        }
    }

    @Test("What only a living session needs is forgotten with it")
    func forgets() async throws {
        try await TestLedger.run { ledger in
            let runtime = RuntimeBinding(owner: Samples.owner, endUser: nil, hint: "h")
            let created = SessionCreated(
                kind: .private, owner: Samples.owner, endUser: nil, entityID: nil, actor: Samples.actor,
                runtime: runtime)
            try await ledger.append(s, created.event())
            _ = try await ledger.reader.touch(s)
            #expect(try await ledger.reader.session(boundTo: runtime) == s)
            try await ledger.project()
            try await expiry(ledger).perform()
            #expect(try await ledger.reader.session(boundTo: runtime) == s)
            try await age(ledger, minutes: 62)
            try await expiry(ledger).perform()
            try await ledger.project()
            try await expiry(ledger).perform()
            #expect(try await ledger.reader.session(boundTo: runtime) == nil)
            #expect(try await ledger.sql("select from runledger.session_touch").isEmpty)
        }
    }
}
