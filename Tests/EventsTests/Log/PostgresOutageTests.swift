import Events
import Postgres
import TestSupport
import Testing

/// Each test breaks a server of its own.
@Suite("Log in PostgreSQL when the server fails", .serialized, .timeLimit(.minutes(5)))
struct PostgresOutageTests {
    private func server(_ settings: [String: String] = [:]) async throws -> TestDatabase {
        let server = try await TestDatabase.start(settings: settings)
        try await MigratedDatabase.migrate(server.url)
        return server
    }

    private struct Written: Sendable {
        var note: String
        var isAcknowledged: Bool
    }

    @Test("When the server restarts under concurrent appends, nothing is lost and nothing doubled")
    func restart() async throws {
        let server = try await server()
        try await PostgresUnderTest.run(url: server.url) { first in
            try await PostgresUnderTest.run(url: server.url) { second in
                let logs = [first.log, second.log]
                let streams = [await first.log.follow(), await second.log.follow()]
                let done = Flag()
                let progress = (0..<8).map { _ in AsyncStream<Int>.makeStream() }
                let written = try await withThrowingTaskGroup(of: [Written].self) { group in
                    for writer in 0..<8 {
                        group.addTask {
                            var written: [Written] = []
                            while !done.isRaised {
                                let text = "\(writer)/\(written.count)"
                                let append = Append(session: "s\(writer)", expected: .any, events: [note(text)])
                                let outcome = try? await logs[writer % 2].append(append)
                                written.append(Written(note: text, isAcknowledged: outcome?.committed != nil))
                                progress[writer].continuation.yield(written.count)
                            }
                            return written
                        }
                    }
                    for (stream, _) in progress { for await count in stream where count >= 10 { break } }
                    try await server.restart()
                    // All that was under way has an outcome, and then some more is written.
                    for (stream, _) in progress {
                        var more = 0
                        for await _ in stream {
                            more += 1
                            if more == 10 { break }
                        }
                    }
                    done.raise()
                    var written: [Written] = []
                    for try await part in group { written += part }
                    return written
                }
                let events = try await first.log.read(after: 0, limit: 1_000_000)
                expectSame(events.map(\.position), (1...events.count).map { Int64($0) })
                let counts = Dictionary(events.compactMap(\.note).map { ($0, 1) }, uniquingKeysWith: +)
                expectSame(written.filter { $0.isAcknowledged && counts[$0.note] != 1 }.map(\.note), [])
                expectSame(counts.filter { $0.value > 1 }, [:])
                expectSame(Set(counts.keys).subtracting(written.map(\.note)), [])
                // Nobody had to hear of it: all were sent again until they had an answer.
                expectSame(written.filter { !$0.isAcknowledged }.map(\.note), [])
                for stream in streams { expectSame(await stream.first(events.count), events) }
                let verification = try await PostgresVerification(client: first.client).run()
                expectSame(verification.findings, [])
            }
        }
    }

    @Test("An append whose answer was lost after the commit is sent again and taken as done, once")
    func lostAnswer() async throws {
        // A commit that waits for a standby nobody has is durable here, but not answered.
        let server = try await server(["synchronous_standby_names": "nobody", "synchronous_commit": "local"])
        try await PostgresUnderTest.run(url: server.url) { other in
            try await PostgresUnderTest.run(url: server.url, options: ["synchronous_commit": "on"]) {
                test async throws in
                let stream = await test.log.follow()
                _ = try await other.log.append(
                    Append(session: Names.sessionA, expected: .any, events: [note("before")]))
                async let outcome = test.log.append(
                    Append(session: Names.sessionA, expected: .exactly(1), events: [note("lost")]))
                try await other.withConnection { connection in
                    let backend = try await waitForBackend("wait_event = 'SyncRep'", connection)
                    try await connection.query(SQLQuery("select pg_terminate_backend($1)", [.int4(backend)]))
                }
                // A duplicate commits nothing, hence waits for nobody.
                guard case .duplicate(let events) = try await outcome else {
                    Issue.record("the append was not recognised")
                    return
                }
                expectSame(events.map(\.note), ["lost"])
                _ = try await other.log.append(
                    Append(session: Names.sessionA, expected: .exactly(2), events: [note("after")]))
                let all = try await test.log.read(after: 0, limit: 10)
                expectSame(all.map(\.note), ["before", "lost", "after"])
                expectSame(await stream.first(3), all)
            }
        }
    }

    @Test("An append whose connection dies before the commit is sent again and taken the first time")
    func lostRequest() async throws {
        try await PostgresUnderTest.run { test async throws in
            _ = try await test.log.append(Append(session: Names.sessionA, expected: .any, events: [note("before")]))
            try await test.withConnection { connection in
                try await connection.query(SQLQuery("select pg_advisory_lock(7305423141)"))
                async let outcome = test.log.append(
                    Append(session: Names.sessionA, expected: .exactly(1), events: [note("again")]))
                let backend = try await waitForBackend("wait_event = 'advisory'", connection)
                try await connection.query(SQLQuery("select pg_terminate_backend($1)", [.int4(backend)]))
                try await connection.query(SQLQuery("select pg_advisory_unlock(7305423141)"))
                guard case .ok(let events) = try await outcome else {
                    Issue.record("the append was not taken")
                    return
                }
                expectSame(events.map(\.note), ["again"])
            }
            #expect(try await test.log.head() == 2)
        }
    }

    @Test("A lost notification delays a follower, it loses nothing")
    func lostListener() async throws {
        try await PostgresUnderTest.run { first in
            try await PostgresUnderTest.run(url: first.url) { second in
                let stream = await first.log.follow()
                let terminate = SQLQuery(
                    """
                    select count(pg_terminate_backend(pid)) from pg_stat_activity
                        where datname = current_database() and query ilike 'listen%'
                    """)
                for number in 0..<10 {
                    try await second.withConnection { try await $0.query(terminate) }
                    _ = try await second.log.append(
                        Append(session: Names.sessionA, expected: .any, events: [note("\(number)")]))
                }
                expectSame(await stream.first(10).map(\.note), (0..<10).map { "\($0)" })
            }
        }
    }

    @Test("Appends wait for a server that is away, and fail as unavailable when patience is over")
    func patience() async throws {
        let server = try await server()
        try await PostgresUnderTest.run(url: server.url) { patient in
            try await PostgresUnderTest.run(url: server.url, patience: .zero) { impatient in
                let append: @Sendable () -> Append = {
                    Append(session: Names.sessionA, expected: .any, events: [note()])
                }
                _ = try await impatient.log.append(append())
                try await server.stop()
                await expectLogError(.unavailable) { try await impatient.log.append(append()) }
                async let outcome = patient.log.append(append())
                try await server.resume()
                #expect(try await outcome.committed?.count == 1)
                #expect(try await impatient.log.append(append()).committed?.count == 1)
            }
        }
    }
}
