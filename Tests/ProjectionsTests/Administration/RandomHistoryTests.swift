import Events
import Projections
import Testing

/// The property that everything rests on: live, rebuilt and folded in memory are one and the same.
@Suite struct RandomHistoryTests {
    private static let events = 10_000
    private static let writers = 16

    @Test("Views that follow concurrent writers equal their rebuild and the fold in memory")
    func liveEqualsRebuilt() async throws {
        try await TestLedger.run { ledger in
            try await ledger.withProjector { projector in
                try await write(ledger, seed: 7)
                let head = try await ledger.log.head()
                try await projector.progress { $0.position == head }
            }
            try await expectViewsEqualLog(ledger)
            let verification = try await ledger.administration.verify()
            #expect(verification.differences == [])
            #expect(verification.position == (try await ledger.log.head()))
            #expect(verification.events == verification.position)
            try await ledger.administration.rebuild()
            try await expectViewsEqualLog(ledger)
        }
    }

    private func write(_ ledger: TestLedger, seed: UInt64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<Self.writers {
                group.addTask {
                    var history = RandomHistory(seed: seed &+ UInt64(writer), sessions: 12)
                    var written = 0
                    while written < Self.events / Self.writers {
                        let (session, events) = history.next()
                        written += try await ledger.append(session, events).count
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
