import Testing

@testable import Events

@Suite("The current Python state")
struct CurrentStateTests {
    private let actor = Actor(id: "t", kind: "api_key")

    /// State events, oldest first, at these milliseconds; positions count from 1. Folded newest first.
    private func current(_ events: (Int64, NewEvent?)...) -> CurrentState? {
        let folded = events.enumerated().map { index, event in
            Event(
                position: Int64(index) + 1, session: "s", version: Int64(index) + 1,
                type: event.1?.type ?? .stateSaved, time: Timestamp(milliseconds: event.0), execution: nil,
                data: event.1?.data, salt: nil, dataCommitment: [], previousHash: [], hash: [])
        }
        return CurrentState(newestFirst: folded.reversed())
    }

    private func blob(_ size: Int64) -> StateBlob {
        StateBlob(sha256: [UInt8](repeating: UInt8(size), count: 32), size: size)
    }
    private func saved(_ size: Int64, base: Int64? = nil) -> NewEvent {
        StateSaved(blob: blob(size), base: base).event(execution: "e")
    }
    private func uploaded(_ size: Int64) -> NewEvent { StateUploaded(blob: blob(size), actor: actor).event() }
    private var deleted: NewEvent { StateDeleted(actor: actor).event() }

    @Test("No events, no state") func none() { #expect(current() == nil) }

    @Test("The newest save is current")
    func newest() {
        let state = current((0, saved(1)), (10, saved(2, base: 1)))
        #expect(state?.blob.size == 2)
        #expect(state?.source == .saved)
        #expect(state?.position == 2)
        #expect(state?.createdAt == Timestamp(milliseconds: 10))
    }

    @Test("An upload within 30 seconds wins over a run that had not seen it")
    func uploadWins() {
        #expect(current((0, saved(1)), (1000, uploaded(2)), (30_999, saved(3, base: 1)))?.blob.size == 2)
        #expect(current((0, saved(1)), (1000, uploaded(2)), (31_000, saved(3, base: 1)))?.blob.size == 3)
    }

    @Test("A run that restored the upload saves over it at once")
    func seenUpload() { #expect(current((0, uploaded(1)), (5, saved(2, base: 1)))?.blob.size == 2) }

    @Test("A save that lost against an upload does not win later")
    func lostForGood() {
        #expect(current((0, uploaded(1)), (5, saved(2, base: nil)), (10, saved(3, base: 1)))?.blob.size == 3)
        #expect(current((0, uploaded(1)), (5, saved(2, base: nil)))?.blob.size == 1)
    }

    @Test("Deletion leaves none, until the next save")
    func deletion() {
        #expect(current((0, saved(1)), (5, deleted)) == nil)
        #expect(current((0, saved(1)), (5, deleted), (9, saved(2, base: 1)))?.blob.size == 2)
        #expect(current((0, uploaded(1)), (1, deleted), (2, saved(2)))?.blob.size == 2)
    }

    @Test("Erased events leave nothing to restore") func erased() { #expect(current((0, nil), (5, nil)) == nil) }
}

@Suite("The life of a Python state")
struct StateLifeTests {
    private let log = MemoryLog()
    private let session = Identifier.random()
    private let actor = Actor(id: "t", kind: "api_key")
    private let blob = StateBlob(sha256: [UInt8](repeating: 7, count: 32), size: 3)

    private func append(_ events: [NewEvent], expected: ExpectedVersion = .any) async throws -> Event {
        let outcome = try await log.append(Append(session: session, expected: expected, events: events))
        return try #require(outcome.committed?.last)
    }

    private func upload() async throws -> Event {
        try await append([StateUploaded(blob: blob, actor: actor).event()], expected: .none)
    }

    private func exists(_ life: StateLife, after event: Event, milliseconds: Int64) async throws -> Bool {
        let now = Timestamp(milliseconds: event.time.milliseconds + milliseconds)
        return try await log.liveState(session: session, life: life, at: now) != nil
    }

    @Test("It is the longer of the two")
    func longer() {
        #expect(StateLife(seconds: 7200, archiveDays: 7).milliseconds == 7 * 86_400_000)
        #expect(StateLife(seconds: 7200, archiveDays: nil).milliseconds == 7_200_000)
        #expect(StateLife(seconds: 1_000_000, archiveDays: 1).milliseconds == 1_000_000_000)
    }

    @Test("It ends after the last save")
    func ends() async throws {
        let life = StateLife(seconds: 10, archiveDays: nil)
        let event = try await upload()
        #expect(try await exists(life, after: event, milliseconds: 10_000))
        #expect(try await !exists(life, after: event, milliseconds: 10_001))
    }

    @Test("A run that restored it counts, one that did not does not")
    func loads() async throws {
        let life = StateLife(seconds: 1, archiveDays: nil)
        let event = try await upload()
        let state = try #require(try await log.liveState(session: session, life: life, at: event.time))
        var end = ExecutionFinished(unrun: .failed, .exited, message: "x")
        _ = try await append([end.event()])
        #expect(try await log.lastUse(of: state, session: session) == event.time)
        end.state = StateOutcome(before: blob, after: nil, errors: [])
        let load = try await append([end.event()])
        #expect(try await log.lastUse(of: state, session: session) == load.time)
    }
}
