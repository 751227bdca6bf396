import Events
import Foundation
import HTTPTypes
import Projections
import Synchronization
import Testing

@testable import HTTP

@Suite struct RunAdmissionTests {
    private let log = MemoryLog()

    private func admit(
        _ request: RunRequest, log: (any EventLog)? = nil, claims: EagerClaims = EagerClaims()
    ) async throws -> RunDecision {
        try await RunAdmission(
            log: log ?? self.log, sessions: FoldedSessions(log: self.log), claims: claims, reusesBuckets: true
        )
        .admit(request)
    }

    private func upload(_ name: String, owner: Owner = Make.alice, resource: ResourceIdentity = ResourceIdentity())
        async throws -> (String, String)
    {
        let (session, file) = (Identifier.random(), Identifier.random())
        let actor = Actor(id: owner.tenant, kind: "api_key")
        let created = SessionCreated(
            kind: resource.isShared ? .shared : .private, owner: owner, endUser: nil, entityID: resource.entityID,
            actor: actor)
        let content = FileContent(
            id: file, name: name, size: 3, sha256: EventHash.sha256([1]), contentType: nil, readOnly: false)
        let uploaded = FileUploaded(file: content, resource: resource, actor: actor)
        _ = try await log.append(
            Append(session: session, expected: .none, events: [created.event(), uploaded.event()]))
        return (session, file)
    }

    @Test func `runs that name a run's session follow each other in it`() async throws {
        let first = try await admit(Make.request())
        let second = try await admit(Make.request(session: first.session))
        #expect(second.session == first.session && !second.isNewSession)
        #expect(first.execution != second.execution)
    }

    @Test func `a runtime hint means one session, until that is dead`() async throws {
        let first = try await admit(Make.request(runtime: "h"))
        #expect(first.isNewSession && first.requested.runtime == .new)
        let second = try await admit(Make.request(runtime: "h"))
        #expect(second.session == first.session && second.requested.runtime == .reused)
        #expect(try await admit(Make.request(runtime: "h", endUser: "u")).session != first.session)
        _ = try await log.append(
            Append(session: first.session, expected: .any, events: [NewEvent(.sessionDeleted, body: [:])]))
        let third = try await admit(Make.request(runtime: "h"))
        #expect(third.session != first.session && third.requested.runtime == .new)
        #expect(try await admit(Make.request(runtime: "h")).session == third.session)
    }

    @Test func `of first uses of a runtime hint at the same time one makes the session`() async throws {
        let decisions = try await withThrowingTaskGroup(of: RunDecision.self) { group in
            for _ in 0..<20 { group.addTask { try await admit(Make.request(runtime: "h")) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(decisions.map(\.session)).count == 1)
        #expect(decisions.count { $0.requested.runtime == .new } == 1)
    }

    @Test func `a reference by id alone is found in its bucket`() async throws {
        let (bucket, file) = try await upload("a.txt")
        let decision = try await admit(Make.request(files: [Make.item(file, "b.txt", in: nil)]))
        #expect(decision.requested.inputs.map(\.file) == [FileReference(id: file, session: bucket)])
        #expect(decision.session != bucket)
    }

    @Test func `uploads stay mounted when the next run names only outputs`() async throws {
        let (bucket, file) = try await upload("a.txt")
        let first = try await admit(Make.request(files: [Make.item(file, "a.txt", in: bucket)]))
        #expect(first.session == bucket)
        let second = try await admit(Make.request(session: first.session))
        #expect(second.requested.inputs.map(\.name) == ["a.txt"])
        #expect(second.requested.inputs.map(\.requested) == [false])
    }

    @Test func `an agent's file is linked, and the link dies with the file`() async throws {
        let agent = ResourceIdentity(kind: "agent", id: "agent_1")
        let (bucket, file) = try await upload("tool.py", owner: Make.bob, resource: agent)
        let first = try await admit(Make.request(files: [Make.item(file, "tool.py", in: bucket)]))
        #expect(first.isNewSession && first.touched == [bucket])
        let again = try await admit(Make.request(session: first.session))
        #expect(again.requested.inputs.map(\.file.session) == [bucket])
        let gone = FileDeleted(fileID: file, name: "tool.py", scope: .version, actor: Actor(id: "b", kind: "api_key"))
        _ = try await log.append(Append(session: bucket, expected: .any, events: [gone.event()]))
        let last = try await admit(Make.request(session: first.session))
        #expect(last.requested.inputs.isEmpty)
    }

    @Test func `an entity id leads back to its last session for the same end user only`() async throws {
        let first = try await admit(Make.request(entityID: "agent_1", endUser: "u"))
        #expect(try await admit(Make.request(entityID: "agent_1", endUser: "u")).session == first.session)
        #expect(try await admit(Make.request(entityID: "agent_1", endUser: "v")).session != first.session)
        #expect(try await admit(Make.request(entityID: "agent_1")).session != first.session)
    }

    @Test func `a run that lost the race is decided again on the newer state`() async throws {
        let first = try await admit(Make.request())
        let racing = RacingLog(base: log, conflicts: 3)
        let decision = try await admit(Make.request(session: first.session), log: racing)
        #expect(decision.append.expected == .exactly(5))
        #expect(decision.session == first.session)
    }

    @Test func `a session that stays busy is a 409`() async throws {
        let first = try await admit(Make.request())
        let error = await #expect(throws: APIError.self) {
            try await admit(Make.request(session: first.session), log: RacingLog(base: log, conflicts: .max))
        }
        #expect(error?.status == .conflict)
    }

    @Test func `a reserved slot is settled with the committed request`() async throws {
        let slots = Slots()
        let decision = try await admit(Make.request(), claims: slots.claims)
        let settled = slots.settled.withLock { $0 }
        #expect(settled.count == 1)
        let claimed = try #require(settled.first ?? nil)
        #expect(claimed.requested.execution == decision.execution)
        #expect(claimed.recorded && claimed.attempt == 1)
        #expect(decision.append.eagerClaim?.claim == claimed.claim)
    }

    @Test func `a slot is given back on every way that takes no request`() async throws {
        let slots = Slots()
        let first = try await admit(Make.request(), claims: slots.claims)
        _ = try await admit(
            Make.request(session: first.session), log: RacingLog(base: log, conflicts: 2), claims: slots.claims)
        await #expect(throws: LogError.self) {
            try await admit(Make.request(), log: RacingLog(base: log, conflicts: 0, fails: true), claims: slots.claims)
        }
        #expect(slots.settled.withLock { $0.map { $0 != nil } } == [true, false, false, true, false])
    }

    @Test func `a request without references reads nothing`() async throws {
        let admission = RunAdmission(log: log, sessions: NoReader(), claims: EagerClaims(), reusesBuckets: true)
        #expect(try await admission.admit(Make.request()).isNewSession)
    }
}

/// Slots without end, and what became of them.
private final class Slots: Sendable {
    let claims = EagerClaims()
    let settled = Mutex<[ClaimedExecution?]>([])

    init() {
        claims.offer { [weak self] in
            guard let self else { return nil }
            return SlotReservation(executor: UUID(), executorName: "test", claim: UUID()) { outcome in
                self.settled.withLock { $0.append(outcome) }
            }
        }
    }
}

/// A log in which somebody else always appends first.
private actor RacingLog: EventLog {
    let base: MemoryLog
    var conflicts: Int
    let fails: Bool

    init(base: MemoryLog, conflicts: Int, fails: Bool = false) {
        self.base = base
        self.conflicts = conflicts
        self.fails = fails
    }

    func append(_ append: Append) async throws -> AppendOutcome {
        if fails { throw LogError(.unavailable, "down") }
        if conflicts > 0 {
            conflicts -= 1
            let other = NewEvent(EventType(rawValue: "execution.output"), body: [:])
            _ = try await base.append(Append(session: append.session, expected: .any, events: [other]))
        }
        return try await base.append(append)
    }

    func read(after position: Int64, limit: Int) async throws -> [Event] {
        try await base.read(after: position, limit: limit)
    }
    func read(session: String, after version: Int64, limit: Int) async throws -> [Event] {
        try await base.read(session: session, after: version, limit: limit)
    }
    func head() async throws -> Int64 { try await base.head() }
    func follow() async -> AsyncStream<[Event]> { await base.follow() }
    func milestone(execution: String, session: String, after position: Int64) async throws -> Event {
        try await base.milestone(execution: execution, session: session, after: position)
    }
    func stateEvents(session: String, limit: Int) async throws -> [Event] {
        try await base.stateEvents(session: session, limit: limit)
    }
}

private struct NoReader: SessionReader {
    struct Read: Error {}
    func load(_ sessions: [String], files: [String]) async throws -> [String: SessionState] { throw Read() }
    func loadComplete(_ session: String) async throws -> SessionState? { throw Read() }
    func sessions(owningFile file: String) async throws -> [String] { throw Read() }
    func latestSession(owner: Owner, entityID: String, endUser: String?) async throws -> String? { throw Read() }
    func session(boundTo runtime: RuntimeBinding) async throws -> String? { throw Read() }
    func touch(_ session: String) async throws -> Timestamp { throw Read() }
}
