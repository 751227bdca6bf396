import Events
import Foundation
import Testing

@Suite("Every log: blobs", .serialized, .timeLimit(.minutes(2)))
struct BlobConformance {
    /// Bytes that no two parts have in common.
    private func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }

    /// Writes a content in pieces of the given size and makes it a blob of the session.
    @discardableResult
    private func store(_ bytes: [UInt8], piece: Int, in session: String, _ test: LogUnderTest) async throws
        -> StoredContent
    {
        let content = try await write(bytes, piece: piece, in: session, test)
        let outcome = try await test.log.append(
            Append(session: session, expected: .any, events: [note()], contents: [content]))
        #expect(outcome.committed != nil)
        return content
    }

    private func write(_ bytes: [UInt8], piece: Int, in session: String, _ test: LogUnderTest) async throws
        -> StoredContent
    {
        let writer = test.blobs.writer(session: session)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try await writer.write(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        return try await writer.finish()
    }

    private func chunks(_ session: String, _ sha256: Digest32, _ test: LogUnderTest) async throws -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        for try await chunk in test.blobs.read(session: session, sha256: sha256) { chunks.append(chunk) }
        return chunks
    }

    private func expectMissing(_ session: String, _ sha256: Digest32, _ test: LogUnderTest) async {
        await expectLogError(.corrupt) { try await test.blobs.bytes(session: session, sha256: sha256) }
        await expectLogError(.corrupt) { try await chunks(session, sha256, test) }
    }

    @Test("An inline blob is there with its append", arguments: LogKind.allCases)
    func inline(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let blobs = [[], [0], bytes(100_000)].map { NewBlob(session: Names.sessionA, bytes: $0) }
            _ = try await test.log.append(
                Append(session: Names.sessionA, expected: .any, events: [note()], blobs: blobs))
            for blob in blobs {
                #expect(blob.sha256 == EventHash.sha256(blob.bytes))
                #expect(try await test.blobs.bytes(session: Names.sessionA, sha256: blob.sha256) == blob.bytes)
                #expect(try await chunks(Names.sessionA, blob.sha256, test).flatMap { $0 } == blob.bytes)
            }
        }
    }

    @Test("A streamed content comes back in chunks of at most 1 MiB", arguments: LogKind.allCases)
    func streamed(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let bytes = bytes(7 << 19)
            let content = try await store(bytes, piece: 100_003, in: Names.sessionA, test)
            #expect(content.sha256 == EventHash.sha256(bytes))
            #expect(content.size == 7 << 19)
            #expect(content.session == Names.sessionA)
            let chunks = try await chunks(Names.sessionA, content.sha256, test)
            #expect(chunks.allSatisfy { $0.count <= 1 << 20 })
            #expect(chunks.flatMap { $0 } == bytes)
            #expect(try await test.blobs.bytes(session: Names.sessionA, sha256: content.sha256) == bytes)
        }
    }

    @Test(
        "Contents that end at, before or after a part's end are stored whole",
        arguments: LogKind.allCases, [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 2 << 20])
    func partEdges(kind: LogKind, size: Int) async throws {
        try await LogUnderTest.run(kind) { test in
            let bytes = bytes(size)
            let content = try await store(bytes, piece: size, in: Names.sessionA, test)
            #expect(content.size == Int64(size))
            #expect(try await chunks(Names.sessionA, content.sha256, test).flatMap { $0 } == bytes)
        }
    }

    @Test("An empty content is a blob too", arguments: LogKind.allCases)
    func emptyContent(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let content = try await store([], piece: 1, in: Names.sessionA, test)
            #expect(content.size == 0)
            #expect(content.sha256 == EventHash.sha256([]))
            #expect(try await test.blobs.bytes(session: Names.sessionA, sha256: content.sha256) == [])
            #expect(try await chunks(Names.sessionA, content.sha256, test).flatMap { $0 } == [])
        }
    }

    @Test("A blob is seen by its session alone", arguments: LogKind.allCases)
    func otherSession(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let content = try await store(bytes(10), piece: 10, in: Names.sessionA, test)
            await expectMissing(Names.sessionB, content.sha256, test)
            await expectMissing(Names.sessionA, EventHash.sha256([9]), test)
        }
    }

    @Test("The same content in two sessions is two blobs", arguments: LogKind.allCases)
    func twoSessions(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let bytes = bytes(2_000_000)
            for session in [Names.sessionA, Names.sessionB] {
                let content = try await store(bytes, piece: 1 << 20, in: session, test)
                #expect(try await test.blobs.bytes(session: session, sha256: content.sha256) == bytes)
            }
        }
    }

    @Test("The same content twice in a session is one blob, however it came", arguments: LogKind.allCases)
    func twiceInASession(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let bytes = bytes(1000)
            let first = try await store(bytes, piece: 1000, in: Names.sessionA, test)
            try await store(bytes, piece: 10, in: Names.sessionA, test)
            let inline = NewBlob(session: Names.sessionA, bytes: bytes)
            let outcome = try await test.log.append(
                Append(session: Names.sessionA, expected: .any, events: [note()], blobs: [inline, inline]))
            #expect(outcome.committed != nil)
            #expect(try await test.blobs.bytes(session: Names.sessionA, sha256: first.sha256) == bytes)
        }
    }

    @Test("A content that no append has named cannot be seen", arguments: LogKind.allCases)
    func notNamed(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let content = try await write(bytes(10), piece: 10, in: Names.sessionA, test)
            await expectMissing(Names.sessionA, content.sha256, test)
        }
    }

    @Test("A refused append leaves no blob", arguments: LogKind.allCases)
    func refused(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let content = try await write(bytes(10), piece: 10, in: Names.sessionA, test)
            let blob = NewBlob(session: Names.sessionA, bytes: [1, 2, 3])
            let outcome = try await test.log.append(
                Append(
                    session: Names.sessionA, expected: .exactly(5), events: [note()], blobs: [blob], contents: [content]
                ))
            #expect(outcome == .conflict(version: 0))
            await expectMissing(Names.sessionA, content.sha256, test)
            await expectMissing(Names.sessionA, blob.sha256, test)
        }
    }

    @Test("A refused append leaves a blob alone that was there before", arguments: LogKind.allCases)
    func refusedLater(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test async throws in
            let blob = NewBlob(session: Names.sessionA, bytes: [1, 2, 3])
            let append = { (expected: ExpectedVersion) in
                try await test.log.append(
                    Append(session: Names.sessionA, expected: expected, events: [note()], blobs: [blob]))
            }
            #expect(try await append(.none).committed != nil)
            #expect(try await append(.none) == .conflict(version: 1))
            #expect(try await test.blobs.bytes(session: Names.sessionA, sha256: blob.sha256) == [1, 2, 3])
        }
    }

    @Test("A refused append whose content is named again later loses nothing", arguments: LogKind.allCases)
    func retried(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let bytes = bytes(10)
            let content = try await write(bytes, piece: 10, in: Names.sessionA, test)
            for expected in [ExpectedVersion.exactly(5), .none] {
                _ = try await test.log.append(
                    Append(session: Names.sessionA, expected: expected, events: [note()], contents: [content]))
            }
            #expect(try await test.blobs.bytes(session: Names.sessionA, sha256: content.sha256) == bytes)
        }
    }

    @Test("A repeated command keeps its blobs", arguments: LogKind.allCases)
    func duplicate(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            let blob = NewBlob(session: Names.sessionA, bytes: [1, 2, 3])
            let append = Append(session: Names.sessionA, expected: .none, events: [note()], blobs: [blob])
            _ = try await test.log.append(append)
            _ = try await test.log.append(append)
            #expect(try await test.blobs.bytes(session: Names.sessionA, sha256: blob.sha256) == [1, 2, 3])
        }
    }

    @Test("A discarded content is gone, and discarding before the first byte is fine", arguments: LogKind.allCases)
    func discarded(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            await test.blobs.writer(session: Names.sessionA).discard()
            let writer = test.blobs.writer(session: Names.sessionA)
            try await writer.write(bytes(3_000_000))
            await writer.discard()
            await expectMissing(Names.sessionA, EventHash.sha256(bytes(3_000_000)), test)
        }
    }

    @Test("Contents written side by side do not mix", arguments: LogKind.allCases)
    func sideBySide(kind: LogKind) async throws {
        try await LogUnderTest.run(kind) { test in
            _ = try await concurrently(4) { number in
                let bytes = bytes(1_500_000, seed: UInt64(number))
                let content = try await store(bytes, piece: 70_000, in: "s\(number)", test)
                #expect(try await test.blobs.bytes(session: "s\(number)", sha256: content.sha256) == bytes)
            }
        }
    }
}
