import Events
import Synchronization
import Testing

@Suite("Log in memory")
struct MemoryLogTests {
    @Test("Time does not run backwards, whatever its clock does")
    func clockStepsBack() async throws {
        let readings = Mutex<[Int64]>([5, 9, 3, 10])
        let log = MemoryLog { Timestamp(milliseconds: readings.withLock { $0.removeFirst() }) }
        for _ in 0..<4 { _ = try await log.append(Append(session: Names.sessionA, expected: .any, events: [note()])) }
        expectSame(try await log.read(after: 0, limit: 10).map(\.time.milliseconds), [5, 9, 9, 10])
    }
}
