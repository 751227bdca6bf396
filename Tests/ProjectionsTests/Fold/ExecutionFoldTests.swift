import Events
import Projections
import Testing

@Suite struct ExecutionFoldTests {
    private let run = Samples.id("run")

    @Test("An execution is queued, running, then as it ended")
    func phases() throws {
        let events = history(
            "s", Samples.created(), Samples.requested(run), Samples.claimed(run), Samples.started(run),
            Samples.finished(run, .failed))
        var state = try #require(ExecutionState(events[1]))
        #expect(state.status == "queued")
        state.apply(events[2])
        #expect(state.status == "queued")
        #expect(state.claimedAt == events[2].time)
        #expect(state.executor == "host-1")
        state.apply(events[3])
        #expect(state.status == "running")
        state.apply(events[4])
        #expect(state.status == "failed")
        #expect(state.outcome?.signal == "SIGSEGV")
        #expect(state.finishedAt == events[4].time)
        #expect(state.startedAt == Timestamp(milliseconds: 1_790_000_000_125))
        #expect(state.firstVersion == 2)
        #expect(state.lastVersion == 5)
        #expect(state.requestedPosition == 102)
        #expect(state.lastPosition == 105)
    }

    @Test("A new attempt is queued again")
    func newAttempt() throws {
        let events = history(
            "s", Samples.requested(run), Samples.claimed(run), Samples.started(run), Samples.claimed(run, attempt: 2))
        let state = try #require(ExecutionState(events))
        #expect(state.status == "queued")
        #expect(state.attempt == 2)
        #expect(state.startedAt == nil)
    }

    @Test("Only a request begins an execution")
    func beginning() {
        #expect(ExecutionState(history("s", Samples.started(run))) == nil)
        #expect(ExecutionState(history("s", Samples.created())) == nil)
        #expect(ExecutionState([]) == nil)
    }

    @Test("Events of other executions and sessions, and repeated ones, change nothing")
    func foreignEvents() throws {
        let events = history("s", Samples.requested(run), Samples.started(run))
        var state = try #require(ExecutionState(events))
        let before = state
        state.apply(.committed(Samples.finished(Samples.id("other")), session: "s", version: 3, position: 200))
        state.apply(.committed(Samples.finished(run), session: "t", version: 3, position: 200))
        state.apply(events[1])
        #expect(state == before)
    }

    @Test("Erasing gives what the events without their bodies give", arguments: 1...4)
    func erasure(length: Int) throws {
        let events = Array(
            history(
                "s", Samples.requested(run), Samples.claimed(run), Samples.started(run), Samples.finished(run)
            ).prefix(length))
        var erased = try #require(ExecutionState(events))
        erased.erase()
        #expect(erased == ExecutionState(events.map(\.erased)))
    }

    @Test("What ends after the erasure keeps no content either")
    func endAfterErasure() throws {
        let events = history("s", Samples.requested(run), Samples.finished(run))
        var state = try #require(ExecutionState(events[0]))
        state.erase()
        state.apply(events[1])
        #expect(state == ExecutionState(events.map(\.erased)))
        #expect(state.status == nil)
    }
}
