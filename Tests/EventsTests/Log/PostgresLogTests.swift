import Events
import Postgres
import Testing

@Suite("Log in PostgreSQL", .serialized, .timeLimit(.minutes(3)))
struct PostgresLogTests {
    @Test("Two processes with eight writers each write one dense log, and each follows all of it")
    func twoProcesses() async throws {
        try await PostgresUnderTest.run { first in
            try await PostgresUnderTest.run(url: first.url) { second in
                let logs = [first.log, second.log]
                let streams = [await first.log.follow(), await second.log.follow()]
                _ = try await concurrently(16) { writer in
                    for number in 0..<50 {
                        // Half of the sessions are written by both.
                        let session = writer < 8 ? "s\(writer / 2)" : "s\(writer)"
                        _ = try await logs[writer % 2].append(
                            Append(session: session, expected: .any, events: [note("\(writer)/\(number)")]))
                    }
                }
                let events = try await first.log.read(after: 0, limit: 1000)
                expectSame(events.map(\.position), Array(1...800))
                for (session, events) in Dictionary(grouping: events, by: \.session) {
                    expectSame(events.map(\.version), (1...events.count).map { Int64($0) }, session)
                }
                for stream in streams { expectSame(await stream.first(800), events) }
            }
        }
    }

    @Test("A session at an expected version is won by one of two processes")
    func oneWinner() async throws {
        try await PostgresUnderTest.run { first in
            try await PostgresUnderTest.run(url: first.url) { second in
                let logs = [first.log, second.log]
                for version in 0..<20 {
                    let outcomes = try await concurrently(2) { number in
                        try await logs[number].append(
                            Append(session: Names.sessionA, expected: .exactly(Int64(version)), events: [note()]))
                    }
                    #expect(outcomes.count { $0.committed != nil } == 1)
                    #expect(outcomes.contains(.conflict(version: Int64(version) + 1)))
                }
            }
        }
    }

    @Test("The end of an execution reaches who waits in another process")
    func finishedElsewhere() async throws {
        try await PostgresUnderTest.run { first in
            try await PostgresUnderTest.run(url: first.url) { second in
                let test = LogUnderTest(log: second.log, queue: second.queue, blobs: second.blobs)
                let requested = try await test.request(Names.executionA)
                async let waiting = first.log.finished(execution: Names.executionA, session: requested.session)
                let claimed = try await test.queue.claim(executor: try await test.executor(), limit: 1)
                let finished = try await test.finish(Names.executionA, claim: try #require(claimed.first?.claim))
                expectSame([try await waiting], finished.committed ?? [])
            }
        }
    }

    @Test("Each commit is announced once, without saying what it holds; a refusal is not")
    func announces() async throws {
        try await PostgresUnderTest.run { test in
            let listener = PostgresListener(
                PostgresConfiguration(url: test.url), channels: [PostgresLog.channel], logger: PostgresUnderTest.quiet)
            var events = listener.events().makeAsyncIterator()
            let running = Task { try await listener.run() }
            while let event = await events.next() { if case .listening = event { break } }
            for expected in [ExpectedVersion.none, .none, .exactly(1)] {
                _ = try await test.log.append(
                    Append(session: Names.sessionA, expected: expected, events: [note()]))
            }
            try await test.withConnection { connection in
                try await connection.query(SQLQuery("select pg_notify($1, 'end')", [.text(PostgresLog.channel)]))
            }
            var payloads: [String] = []
            while let event = await events.next() {
                guard case .notification(_, let payload, _) = event else { continue }
                payloads.append(payload)
                if payload == "end" { break }
            }
            expectSame(payloads, ["", "", "end"])
            running.cancel()
            _ = try await running.value
        }
    }

    @Test(
        "Events are not changed, not even by a superuser who uses plain statements",
        arguments: [
            "update runledger.event set data = '{}' where position = 1",
            "update runledger.event_0 set data = '{}' where position = 1",
            "delete from runledger.event where position = 2",
            "delete from runledger.event_0",
            "truncate runledger.event", "truncate runledger.event_0", "truncate runledger.event_1",
        ])
    func appendOnly(statement: String) async throws {
        try await PostgresUnderTest.run { test in
            let append = Append(session: Names.sessionA, expected: .any, events: [note("a"), note("b")])
            let events = try await test.log.append(append).committed ?? []
            let error = await #expect(throws: PostgresError.self) {
                try await test.withConnection { try await $0.query(SQLQuery(statement)) }
            }
            #expect(error?.sqlState == "42501")
            expectSame(try await test.log.read(after: 0, limit: 10), events)
        }
    }

    @Test("Partitions are made ahead of the head, each protected, however often one asks")
    func partitions() async throws {
        try await PostgresUnderTest.run { test in
            try await test.log.prepare()
            let event = try #require(
                try await test.log.append(Append(session: Names.sessionA, expected: .any, events: [note()]))
                    .committed?.first)
            try await tamper(
                test.url, "update runledger.event set position = 9999999 where position = \(event.position)",
                "update runledger.session_stream set first_position = 9999999")
            // Across the end of the first partition.
            for number in 0..<3 {
                let outcome = try await test.log.append(
                    Append(session: Names.sessionA, expected: .any, events: [note("\(number)")]))
                #expect(outcome.committed?.first?.position == 10_000_000 + Int64(number))
            }
            try await test.log.prepare()
            let tables = try await test.client.query(
                SQLQuery(
                    "select inhrelid::regclass::text from pg_inherits where inhparent = 'runledger.event'::regclass order by 1"
                ))
            expectSame(
                try tables.rows.map { try $0.decode(0, as: String.self) },
                ["runledger.event_0", "runledger.event_1", "runledger.event_2"])
            let versions = try await test.log.read(session: Names.sessionA, after: 0, limit: 10).map(\.version)
            expectSame(versions, [1, 2, 3, 4])
        }
    }

    @Test("Time does not run backwards when the clock has been ahead")
    func clockStepsBack() async throws {
        try await PostgresUnderTest.run { test in
            let append = { Append(session: Names.sessionA, expected: .any, events: [note()]) }
            let event = try #require(try await test.log.append(append()).committed?.first)
            try await tamper(test.url, "update runledger.event set time = time + interval '1 hour'")
            let ahead = Timestamp(milliseconds: event.time.milliseconds + 3_600_000)
            let next = try #require(try await test.log.append(append()).committed?.first)
            #expect(next.time == ahead)
            #expect(next.hash == EventHash.hash(of: next))
        }
    }

    @Test("An append that the database refuses fails alone, whoever is in its batch")
    func poisoned() async throws {
        try await PostgresUnderTest.run { test in
            let poisons = [
                poisonedNote { $0.data = "\"a\0b\"" }, poisonedNote { $0.execution = "\0" },
                poisonedNote { $0.type = EventType(rawValue: "\0") },
                NewEvent(.executionRequested, execution: Names.executionA, body: [:]),
            ]
            try await withAppendsBlocked(test) { unblock in
                async let outcomes = concurrently(40) { number -> AppendOutcome? in
                    let event = number < poisons.count ? poisons[number] : note("\(number)")
                    do {
                        return try await test.log.append(
                            Append(session: "s\(number)", expected: .any, events: [event]))
                    } catch let error as LogError where error.code == .invalid {
                        return nil
                    }
                }
                try await unblock()
                expectSame(
                    try await outcomes.map { $0?.committed?.first?.note },
                    poisons.map { _ in nil } + (poisons.count..<40).map { "\($0)" })
            }
            #expect(try await test.log.head() == 36)
        }
    }

    @Test("A session id with NUL is refused as invalid, and the log goes on")
    func poisonedSession() async throws {
        try await PostgresUnderTest.run { test async throws in
            await expectLogError(.invalid) {
                try await test.log.append(Append(session: "s\0", expected: .any, events: [note()]))
            }
            #expect(try await test.log.append(Append(session: "s", expected: .any, events: [note()])).committed != nil)
        }
    }

    @Test("A batch beyond the limits of one commit is written in several, in order")
    func largeBatch() async throws {
        try await PostgresUnderTest.run { test in
            let large = String(repeating: "x", count: 300_000)
            try await withAppendsBlocked(test) { unblock in
                async let appended: [Void] = concurrently(8) { number in
                    for part in 0..<3 {
                        _ = try await test.log.append(
                            Append(
                                session: "s\(number)", expected: .exactly(Int64(part) * 100),
                                events: (0..<100).map { note(part == 1 && $0 == 0 ? large : "\(part)/\($0)") }))
                    }
                }
                try await unblock()
                _ = try await appended
            }
            for number in 0..<8 {
                let events = try await test.log.read(session: "s\(number)", after: 0, limit: 1000)
                expectSame(
                    events.map { $0.note?.count == 300_000 ? "1/0" : $0.note },
                    (0..<3).flatMap { part in (0..<100).map { "\(part)/\($0)" as String? } })
            }
        }
    }

    @Test("After closing nothing is appended, and every follower and waiter hears of it")
    func closed() async throws {
        try await PostgresUnderTest.run { test in
            let stream = await test.log.follow()
            async let waiting: Void = expectLogError(.closed) {
                try await test.log.finished(execution: Names.executionA, session: Names.sessionA)
            }
            _ = try await test.log.append(Append(session: Names.sessionA, expected: .any, events: [note("last")]))
            await test.log.close()
            expectSame(await stream.first(.max).map(\.note), ["last"])
            await waiting
            await expectLogError(.closed) {
                try await test.log.append(Append(session: Names.sessionA, expected: .any, events: [note()]))
            }
            // Reading goes on.
            #expect(try await test.log.head() == 1)
        }
    }

    private func poisonedNote(_ change: (inout NewEvent) -> Void) -> NewEvent {
        var event = note()
        change(&event)
        return event
    }

    /// Holds the log's lock, so that what is appended in `body` queues until it calls what it is given.
    private func withAppendsBlocked(
        _ test: PostgresUnderTest, _ body: (_ unblock: () async throws -> Void) async throws -> Void
    ) async throws {
        try await test.withConnection { connection in
            try await connection.query(SQLQuery("select pg_advisory_lock(7305423141)"))
            try await body {
                try await waitForBackend("wait_event = 'advisory'", connection)
                try await connection.query(SQLQuery("select pg_advisory_unlock(7305423141)"))
            }
        }
    }
}

/// Waits until a session of this database is in that state, and returns its process id.
@discardableResult
func waitForBackend(_ condition: String, _ connection: PostgresConnection) async throws -> Int32 {
    let query = SQLQuery(
        "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and \(condition)"
    )
    while true {
        // The server's own view, asked again until it is so: there is no signal for it.
        if let row = try await connection.query(query).rows.first { return try row.decode(0) }
        await Task.yield()
    }
}
