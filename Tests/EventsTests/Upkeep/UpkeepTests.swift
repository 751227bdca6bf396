import Events
import Foundation
import Postgres
import Synchronization
import Testing

@testable import Events

@Suite("Upkeep", .timeLimit(.minutes(2)))
struct UpkeepTests {
    private func claim(_ running: PostgresUnderTest, every milliseconds: Int64) async throws -> Int64 {
        let result = try await running.client.query(
            SQLQuery("select runledger.claim_upkeep('work', $1)", [.int8(milliseconds)]))
        return try #require(result.rows.first).decode(0)
    }

    @Test("Of any number that ask at once one gets the turn, and the others the time until the next")
    func oneTurn() async throws {
        try await PostgresUnderTest.run { running in
            let answers = try await concurrently(20) { _ in try await claim(running, every: 60_000) }
            #expect(answers.count { $0 == 0 } == 1)
            #expect(answers.allSatisfy { $0 == 0 || (50_000...60_001).contains($0) })
            try await tamper(running.url, "update runledger.upkeep set started_at = started_at - interval '61 seconds'")
            #expect(try await claim(running, every: 60_000) == 0)
            #expect(try await claim(running, every: 60_000) > 0)
            // A clock that was ahead must not stop the work.
            try await tamper(running.url, "update runledger.upkeep set started_at = started_at + interval '1 day'")
            #expect(try await claim(running, every: 60_000) == 0)
        }
    }

    @Test("Work is done again and again, also after it failed")
    func repeats() async throws {
        try await PostgresUnderTest.run { running in
            let (turns, continuation) = AsyncStream<Int>.makeStream()
            let count = Mutex(0)
            let work = Upkeep.Work(name: "work", interval: .milliseconds(5)) {
                continuation.yield(count.withLock { $0 += 1; return $0 })
            }
            let upkeep = Upkeep(client: running.client, works: [work], logger: PostgresUnderTest.quiet)
            let task = Task { try await upkeep.run() }
            for await turn in turns where turn == 3 { break }
            task.cancel()
            try await task.value
        }
    }

    @Test("Orphaned contents and old commands go, others stay")
    func sweeps() async throws {
        try await PostgresUnderTest.run { running in
            let orphan = running.blobs.writer(session: "s")
            try await orphan.write([1, 2, 3])
            _ = try await orphan.finish()
            let kept = running.blobs.writer(session: "s")
            try await kept.write([4])
            let content = try await kept.finish()
            _ = try await running.log.append(
                Append(session: "s", expected: .none, events: [note("a")], contents: [content]))
            let upkeep = LogUpkeep(client: running.client, logger: PostgresUnderTest.quiet)

            try await upkeep.perform()
            #expect(try await rows(running, "content_part") == 2)
            #expect(try await rows(running, "command") == 1)
            // As if both had been written two days ago: the key of a content holds its time.
            try await tamper(
                running.url,
                """
                with old as (
                    select content, ('00000000-0000-7000-8000-' || right(content::text, 12))::uuid as moved
                        from runledger.content_part),
                    blobs as (update runledger.blob b set content = o.moved from old o where b.content = o.content)
                update runledger.content_part p set content = o.moved from old o where p.content = o.content
                """, "update runledger.command set time = time - interval '8 days'")
            try await upkeep.perform()
            #expect(try await rows(running, "content_part") == 1)
            #expect(try await rows(running, "command") == 0)
            #expect(try await running.blobs.bytes(session: "s", sha256: content.sha256) == [4])
        }
    }

    private func rows(_ running: PostgresUnderTest, _ table: String) async throws -> Int64 {
        let result = try await running.client.query(SQLQuery("select count(*) from runledger.\(table)"))
        return try #require(result.rows.first).decode(0)
    }
}
