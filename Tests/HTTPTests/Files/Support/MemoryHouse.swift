import Events
import Foundation
import Projections

/// Log and session reader in memory, for tests of what stands above them.
actor MemoryHouse: EventLog, SessionReader, LedgerReader {
    private var events: [Event] = []
    private var states: [String: SessionState] = [:]
    private(set) var touched: [String] = []
    private let blobs: MemoryBlobs
    /// Fails every append from now on.
    private var isDown = false
    /// Refuses this many appends as conflicts.
    private var conflicts = 0

    init(blobs: MemoryBlobs) { self.blobs = blobs }

    var all: [Event] { events }
    func goDown() { isDown = true }
    func refuse(_ count: Int) { conflicts = count }

    func append(_ append: Append) async throws -> AppendOutcome {
        if isDown { throw LogError(.unavailable, "down") }
        var state = states[append.session] ?? SessionState(id: append.session)
        if conflicts > 0 {
            conflicts -= 1
            return .conflict(version: state.version)
        }
        switch append.expected {
        case .none where state.version != 0: return .conflict(version: state.version)
        case .exactly(let version) where state.version != version: return .conflict(version: state.version)
        default: break
        }
        var committed: [Event] = []
        for new in append.events {
            let event = Event(
                position: Int64(events.count + committed.count + 1), session: append.session,
                version: state.version + 1, type: new.type, time: .now(), execution: new.execution, data: new.data,
                salt: new.salt, dataCommitment: [], previousHash: [], hash: [])
            state.apply(event)
            committed.append(event)
        }
        states[append.session] = state
        events += committed
        for blob in append.blobs { blobs.put(blob) }
        for content in append.contents { blobs.adopt(content) }
        return .ok(events: committed)
    }

    func read(after position: Int64, limit: Int) -> [Event] {
        Array(events.filter { $0.position > position }.prefix(limit))
    }

    func read(session: String, after version: Int64, limit: Int) -> [Event] {
        Array(events.filter { $0.session == session && $0.version > version }.prefix(limit))
    }

    func head() -> Int64 { Int64(events.count) }
    func follow() -> AsyncStream<[Event]> { AsyncStream { $0.finish() } }
    func milestone(execution: String, session: String, after position: Int64) throws -> Event {
        throw LogError(.closed, "no executions here")
    }
    func stateEvents(session: String, limit: Int) -> [Event] { [] }

    func load(_ sessions: [String], files: [String]) -> [String: SessionState] {
        states.filter { sessions.contains($0.key) }.mapValues { state in
            var part = state
            part.files = state.files.filter { $0.value.isCurrent || files.contains($0.key) }
            return part
        }
    }

    func loadComplete(_ session: String) -> SessionState? { states[session] }
    func sessions(owningFile file: String) -> [String] {
        states.filter { $0.value.files[file]?.bucket == $0.key }.map(\.key)
    }
    func latestSession(owner: Owner, entityID: String, endUser: String?) -> String? { nil }

    func session(boundTo runtime: RuntimeBinding) -> String? { nil }

    func touch(_ session: String) -> Timestamp {
        touched.append(session)
        return .now()
    }

    func events(ofExecution execution: String) -> [Event] { [] }
    func waitsForTurn(_ execution: String) -> Bool { false }
    func sessions(_ query: SessionQuery) -> [SessionSummary] { [] }
    func executions(_ query: ExecutionQuery) -> [ExecutionSummary] { [] }
}
