import Events
import Testing

@Suite("Log verifier")
struct LogVerifierTests {
    /// Two sessions of three events each, taking turns.
    private func events() async throws -> [Event] {
        let log = MemoryLog()
        for number in 0..<6 {
            let session = number.isMultiple(of: 2) ? Names.sessionA : Names.sessionB
            _ = try await log.append(Append(session: session, expected: .any, events: [note("n\(number)")]))
        }
        return try await log.read(after: 0, limit: 100)
    }

    private func findings(_ events: [Event], knownStreams: Set<String>? = nil) -> [String] {
        var verifier = LogVerifier(knownUpTo: Int64(events.count))
        for event in events { verifier.check(event) }
        verifier.finish(knownStreams: knownStreams ?? Set(events.map(\.session)))
        return verifier.findings.map(\.description)
    }

    @Test("A log as it was written has no findings")
    func clean() async throws {
        expectSame(findings(try await events()), [])
    }

    @Test("An empty log has no findings")
    func empty() {
        expectSame(findings([]), [])
    }

    @Test("Missing positions are named, one or several, in the middle or at the beginning")
    func missing() async throws {
        let all = try await events()
        #expect(findings(all.filter { $0.position != 3 }).contains { $0.contains("missing: 3 is not in the log") })
        #expect(
            findings(all.filter { !(2...4).contains($0.position) }).contains {
                $0.contains("missing: 2-4 is not in the log")
            })
        #expect(findings(Array(all.dropFirst())).contains { $0.contains("missing: 1 is not in the log") })
    }

    @Test("A repeated event is named")
    func repeated() async throws {
        var all = try await events()
        all.insert(all[2], at: 3)
        #expect(findings(all).contains { $0.hasPrefix("position 3") && $0.contains("out of order") })
    }

    @Test("Only what was changed is named, and what rests on it")
    func changedData() async throws {
        var all = try await events()
        all[2].data = #"{"note":"x"}"#
        expectSame(
            findings(all), ["position 3, session \(Names.sessionA): data does not match its commitment"])
    }

    @Test("Data with a commitment to match is caught by the envelope's hash")
    func changedCommitment() async throws {
        var all = try await events()
        all[2].data = #"{"note":"x"}"#
        all[2].dataCommitment = EventHash.commitment(salt: try #require(all[2].salt), data: #"{"note":"x"}"#)
        expectSame(
            findings(all), ["position 3, session \(Names.sessionA): hash does not match the envelope"])
    }

    @Test("An event rewritten with a good hash of its own is caught by the next event of its session")
    func rewritten() async throws {
        var all = try await events()
        all[2].time = Timestamp(milliseconds: 0)
        all[2].hash = EventHash.hash(of: all[2])
        expectSame(
            findings(all), ["position 5, session \(Names.sessionA): prev_hash is not the hash of the event before"])
    }

    @Test("Erased data is fine when the session was erased later")
    func erased() async throws {
        let log = MemoryLog()
        for type in [EventType.sessionCreated, .fileUploaded, .sessionErased] {
            _ = try await log.append(
                Append(session: Names.sessionA, expected: .any, events: [NewEvent(type, body: [:])]))
        }
        var all = try await log.read(after: 0, limit: 10)
        for index in 0..<2 {
            all[index].data = nil
            all[index].salt = nil
        }
        expectSame(findings(all), [])
    }

    @Test("Erased data without session.erased is named by the first position that lost it")
    func erasedSilently() async throws {
        var all = try await events()
        for index in [2, 4] {
            all[index].data = nil
            all[index].salt = nil
        }
        expectSame(
            findings(all), ["position 3, session \(Names.sessionA): erased data without a session.erased event"])
    }

    @Test("Data erased without its salt is named")
    func halfErased() async throws {
        var all = try await events()
        all[3].data = nil
        expectSame(
            findings(all), ["position 4, session \(Names.sessionB): data and salt must be erased together"])
    }

    @Test("Events of a session without a stream row are named")
    func withoutStream() async throws {
        expectSame(
            findings(try await events(), knownStreams: [Names.sessionA]),
            ["stream head, session \(Names.sessionB): events without a stream row"])
    }

    @Test("A stream row that is ahead, behind, different or alone is named")
    func heads() async throws {
        let newest = try #require(try await events().last)
        var verifier = LogVerifier(knownUpTo: 6)
        let known = (version: newest.version, hash: newest.hash)
        verifier.checkHead(session: "fine", version: 3, hash: newest.hash, newest: known)
        verifier.checkHead(session: "ahead", version: 4, hash: newest.hash, newest: known)
        verifier.checkHead(session: "different", version: 3, hash: EventHash.genesis, newest: known)
        verifier.checkHead(session: "alone", version: 1, hash: newest.hash, newest: nil)
        expectSame(verifier.findings.map(\.session), ["ahead", "different", "alone"])
    }
}
