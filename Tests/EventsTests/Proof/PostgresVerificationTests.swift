import Events
import Postgres
import Synchronization
import Testing

@Suite("Verification of a log in PostgreSQL", .serialized, .timeLimit(.minutes(3)))
struct PostgresVerificationTests {
    /// A database with 3,000 events of 30 sessions that take turns in threes: the event at position p belongs to
    /// session (p - 1) / 3 % 30.
    private static let template = Task {
        let url = try await MigratedDatabase.fresh()
        try await PostgresUnderTest.run(url: url) { test in
            for number in 0..<1000 {
                _ = try await test.log.append(
                    Append(
                        session: "session-\(number % 30)", expected: .any,
                        events: (1...3).map { note("n\(number * 3 + $0)", execution: "execution-\(number)") }))
            }
        }
        return try MigratedDatabase.databaseName(url)
    }

    /// Applies changes to a copy of the log and returns what the verifier finds.
    private func findings(after statements: [String]) async throws -> [String] {
        let url = try await MigratedDatabase.copy(of: try await Self.template.value)
        let connection = try await PostgresConnection.connect(PostgresConfiguration(url: url))
        try await connection.transaction(
            (["set local session_replication_role = replica"] + statements).map { SQLQuery($0) })
        await connection.close()
        var findings: [String] = []
        try await PostgresUnderTest.run(url: url) { test in
            findings = try await PostgresVerification(client: test.client).run().findings.map(\.description)
        }
        return findings
    }

    @Test("A log as it was written passes")
    func clean() async throws {
        let url = try await MigratedDatabase.copy(of: try await Self.template.value)
        try await PostgresUnderTest.run(url: url) { test in
            let counts = Mutex<[Int64]>([])
            let result = try await PostgresVerification(client: test.client).run { count in
                counts.withLock { $0.append(count) }
            }
            expectSame(result.findings, [])
            #expect(result.checked == 3000)
            expectSame(counts.withLock { $0 }, [3000])
        }
    }

    @Test("An empty log passes")
    func empty() async throws {
        try await PostgresUnderTest.run { test in
            let result = try await PostgresVerification(client: test.client).run()
            expectSame(result.findings, [])
            #expect(result.checked == 0)
        }
    }

    @Test("A log that is written to while it is verified passes")
    func live() async throws {
        let url = try await MigratedDatabase.copy(of: try await Self.template.value)
        try await PostgresUnderTest.run(url: url) { test in
            let done = Flag()
            async let writing: [Void] = concurrently(4) { writer in
                var number = 0
                while !done.isRaised {
                    number += 1
                    _ = try await test.log.append(
                        Append(session: "session-\(writer)-\(number % 50)", expected: .any, events: [note()]))
                }
            }
            for _ in 0..<5 {
                expectSame(try await PostgresVerification(client: test.client).run().findings, [])
            }
            done.raise()
            _ = try await writing
        }
    }

    /// Position 1500 is the last of three events of session-19, 1501 the first of three of session-20; their next
    /// events are at 1588 and 1502.
    @Test(
        "A changed field is found and its position named",
        arguments: [
            ("data", "replace(data, 'n1500', 'n1501')", "data does not match its commitment"),
            ("data", "data || ' '", "data does not match its commitment"),
            ("salt", "set_byte(salt, 31, get_byte(salt, 31) # 1)", "data does not match its commitment"),
            (
                "data_commitment", "set_byte(data_commitment, 0, get_byte(data_commitment, 0) # 128)",
                "data does not match its commitment"
            ),
            (
                "prev_hash", "set_byte(prev_hash, 7, get_byte(prev_hash, 7) # 1)",
                "prev_hash is not the hash of the event before"
            ),
            ("hash", "set_byte(hash, 16, get_byte(hash, 16) # 1)", "hash does not match the envelope"),
            ("time", "time + interval '1 millisecond'", "hash does not match the envelope"),
            ("type", "'test.notes'", "hash does not match the envelope"),
            ("execution", "'execution-500'", "hash does not match the envelope"),
            ("execution", "null", "hash does not match the envelope"),
            ("session", "'session-20'", "prev_hash is not the hash of the event before"),
            ("version", "version + 1", "sequence 52 follows 50"),
            ("data", "null", "data and salt must be erased together"),
            ("salt", "null", "data and salt must be erased together"),
        ])
    func changedField(column: String, value: String, reason: String) async throws {
        let findings = try await findings(
            after: ["update runledger.event set \(column) = \(value) where position = 1500"])
        #expect(findings.contains { $0.hasPrefix("position 1500, ") && $0.hasSuffix(reason) }, "\(findings)")
    }

    @Test("A changed byte of data is the only finding: the chain rests on commitments")
    func changedDataAlone() async throws {
        let findings = try await findings(
            after: ["update runledger.event set data = replace(data, 'n1500', 'n1501') where position = 1500"])
        expectSame(findings, ["position 1500, session session-19: data does not match its commitment"])
    }

    @Test("A row deleted in the middle is found by its position")
    func deletedMiddle() async throws {
        let findings = try await findings(after: ["delete from runledger.event where position = 1500"])
        #expect(
            findings.contains { $0.hasPrefix("position 1500, ") && $0.contains("missing: 1500 is not in the log") },
            "\(findings)")
        // The chain of its own session is broken too, at the next event.
        #expect(
            findings.contains { $0.hasPrefix("position 1588, session session-19: sequence 52 follows 50") },
            "\(findings)")
    }

    @Test("Rows deleted in the middle are found as a range")
    func deletedRange() async throws {
        let findings = try await findings(after: ["delete from runledger.event where position between 1490 and 1510"])
        #expect(findings.contains { $0.contains("missing: 1490-1510 is not in the log") }, "\(findings)")
    }

    @Test("The first row deleted is found")
    func deletedFirst() async throws {
        let findings = try await findings(after: ["delete from runledger.event where position = 1"])
        #expect(
            findings.contains { $0.hasPrefix("position 1, ") && $0.contains("missing: 1 is not in the log") },
            "\(findings)")
    }

    @Test("The last row deleted is found by the head of its stream")
    func deletedLast() async throws {
        let findings = try await findings(after: ["delete from runledger.event where position = 3000"])
        expectSame(findings, ["stream head, session session-9: version is 102, but the newest event is 101"])
    }

    @Test("A session deleted from the end of the log is found by its stream row")
    func deletedLastSession() async throws {
        let findings = try await findings(after: [
            "update runledger.event set session = 'gone', version = version - 99 where position > 2997",
            "insert into runledger.session_stream select 'gone', 3, hash, 2998 from runledger.event where position = 3000",
            "update runledger.session_stream set version = 99, head_hash = (select hash from runledger.event where session = 'session-9' and version = 99) where session = 'session-9'",
            "delete from runledger.event where position > 2997",
        ])
        expectSame(findings, ["stream head, session gone: the stream has a head but no event"])
    }

    @Test("Two swapped rows are found, both of them")
    func swapped() async throws {
        let findings = try await findings(after: [
            "update runledger.event set position = 5000000 where position = 1500",
            "update runledger.event set position = 1500 where position = 1501",
            "update runledger.event set position = 1501 where position = 5000000",
        ])
        for position in [1500, 1501] {
            #expect(
                findings.contains {
                    $0.hasPrefix("position \(position), ") && $0.hasSuffix("hash does not match the envelope")
                }, "\(findings)")
        }
    }

    @Test("Two events of a session with swapped contents are found, both of them")
    func swappedContents() async throws {
        let findings = try await findings(after: [
            """
            update runledger.event e set data = o.data, salt = o.salt from runledger.event o
                where (e.position, o.position) in ((1499, 1500), (1500, 1499))
            """
        ])
        expectSame(
            findings,
            [1499, 1500].map { "position \($0), session session-19: data does not match its commitment" })
    }

    @Test("Data erased without a session.erased event is found by its position")
    func erasedSilently() async throws {
        let findings = try await findings(
            after: ["update runledger.event set data = null, salt = null where position in (1500, 1588)"])
        expectSame(findings, ["position 1500, session session-19: erased data without a session.erased event"])
    }

    @Test("A changed stream row is found by its session")
    func changedStream() async throws {
        let findings = try await findings(after: [
            "update runledger.session_stream set head_hash = set_byte(head_hash, 0, get_byte(head_hash, 0) # 1) where session = 'session-3'",
            "update runledger.session_stream set version = version - 1 where session = 'session-4'",
            "delete from runledger.session_stream where session = 'session-5'",
        ])
        expectSame(
            findings.sorted(),
            [
                "stream head, session session-3: head hash is not the hash of the newest event",
                "stream head, session session-4: version is 101, but the newest event is 102",
                "stream head, session session-5: events without a stream row",
            ])
    }

    @Test("An event forged at the end of the log, with hashes to match, is found by its stream")
    func forgedEvent() async throws {
        let url = try await MigratedDatabase.copy(of: try await Self.template.value)
        try await PostgresUnderTest.run(url: url) { test in
            let newest = try #require(try await test.log.read(session: "session-3", after: 101, limit: 1).first)
            let new = note("forged")
            var forged = Event(
                position: 3001, session: newest.session, version: newest.version + 1, type: new.type,
                time: newest.time, execution: nil, data: new.data, salt: new.salt,
                dataCommitment: EventHash.commitment(salt: new.salt, data: new.data), previousHash: newest.hash,
                hash: [])
            forged.hash = EventHash.hash(of: forged)
            let insert = SQLQuery(
                "insert into runledger.event values ($1, $2, $3, $4, $5, null, $6, $7, $8, $9, $10)",
                [
                    .int8(forged.position), .text(forged.session), .int8(forged.version), .text(forged.type.rawValue),
                    .timestamp(forged.time.milliseconds * 1000), .text(new.data), .bytes(new.salt),
                    .bytes(forged.dataCommitment), .bytes(forged.previousHash), .bytes(forged.hash),
                ])
            try await test.withConnection { try await $0.query(insert) }
            expectSame(
                try await PostgresVerification(client: test.client).run().findings.map(\.description),
                ["stream head, session session-3: version is 102, but the newest event is 103"])
        }
    }
}
