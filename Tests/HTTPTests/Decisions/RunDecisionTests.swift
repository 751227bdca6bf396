import Events
import Foundation
import Testing

@Suite struct RunDecisionTests {
    let run = Make.id("r")
    let upload = Make.id("u")
    let f = Make.id("f")

    private func reservation() -> SlotReservation {
        SlotReservation(executor: UUID(), executorName: "here", claim: UUID()) { _ in }
    }

    @Test func `a new session is created and asked to run in one append`() {
        let decision = RunDecision(Make.request(entityID: "agent", endUser: "u"), in: nil)
        #expect(decision.append.events.map(\.type) == [.sessionCreated, .executionRequested])
        #expect(decision.append.expected == .none)
        #expect(decision.append.session == decision.session)
        #expect(decision.append.queueOwner == Make.alice.key)
        #expect(decision.append.eagerClaim == nil)
        #expect(decision.append.blobs.map(\.bytes) == [Array("true".utf8)])
        #expect(decision.append.blobs.map(\.sha256) == [decision.requested.codeSHA256])
        #expect(decision.isNewSession)
        #expect(decision.append.events.last?.execution == decision.execution)
        #expect(Identifier.isWellFormed(decision.session) && Identifier.isWellFormed(decision.execution))
    }

    @Test func `an existing session must still be where it was read`() {
        let decision = RunDecision(
            Make.request(session: run), in: Make.session(run), known: Make.known(Make.session(run)))
        #expect(decision.append.expected == .exactly(1))
        #expect(decision.append.events.map(\.type) == [.executionRequested])
    }

    @Test func `a reserved slot claims the run in the same append`() throws {
        let slot = reservation()
        let decision = RunDecision(Make.request(), in: nil, reservation: slot)
        #expect(decision.append.events.map(\.type) == [.sessionCreated, .executionRequested, .executionClaimed])
        #expect(decision.append.eagerClaim == EagerClaim(claim: slot.claim, executor: slot.executor))
        let last = try #require(decision.append.events.last)
        let claimed = ExecutionClaimed(try JSONParser.parse(last.data))
        #expect(claimed.claim == slot.claim.uuidString.lowercased())
        #expect(claimed.executor == slot.executor.uuidString.lowercased())
        #expect(claimed.attempt == 1)
    }

    @Test func `links stand before the request, and their sources are touched`() {
        let source = Make.session(upload, files: [Make.file(f, "a", in: upload)])
        let decision = RunDecision(
            Make.request(files: [Make.item(f, "a", in: upload)]), in: Make.session(run), known: Make.known(source))
        #expect(decision.append.events.map(\.type) == [.fileLinked, .executionRequested])
        #expect(decision.touched == [upload])
    }

    @Test func `session totals count names after the links and only bytes that are not mounted`() {
        let session = Make.session(
            run,
            files: [Make.file(Make.id("x"), "a", in: run, size: 7), Make.file(Make.id("y"), "b", in: run, size: 5)])
        let source = Make.session(upload, files: [Make.file(f, "a/b", in: upload)])
        let decision = RunDecision(
            Make.request(files: [Make.item(f, "a/b", in: upload)]), in: session, known: Make.known(session, source))
        #expect(decision.requested.sessionNames == 3)
        // "a" gives way to the directory of "a/b": current, but not mounted.
        #expect(decision.requested.sessionBytes == 7)
    }

    @Test func `what is decided folds into the state it was decided for`() {
        let source = Make.session(upload, files: [Make.file(f, "a", in: upload)])
        let decision = RunDecision(
            Make.request(endUser: "u", files: [Make.item(f, "b", in: upload)]), in: nil, known: Make.known(source))
        var state = SessionState(id: decision.session)
        for (index, event) in decision.append.events.enumerated() {
            state.apply(
                Event(
                    position: Int64(index + 1), session: decision.session, version: Int64(index + 1), type: event.type,
                    time: .now(), execution: event.execution, data: event.data, salt: event.salt,
                    dataCommitment: [], previousHash: [], hash: []))
        }
        #expect(state.isLive && state.owner == Make.alice && state.endUser == "u" && state.executionCount == 1)
        #expect(state.currentFiles.map(\.name) == ["b"])
        #expect(state.files[f]?.bucket == upload)
    }
}
