/// How long a Python state lives after it was last saved or loaded (CONTRACT 8).
///
/// A load is no event of its own, because that would put a write before every run. What counts is the end of a run
/// that had restored the state, which its `execution.finished` tells. It is looked for only when the state would be
/// too old without: a state that was saved lately costs no further read.
public struct StateLife: Sendable, Equatable {
    /// Milliseconds.
    public var milliseconds: Int64

    /// - Parameters:
    ///   - seconds: `STATE_TTL_SECONDS`.
    ///   - archiveDays: `STATE_ARCHIVE_TTL_DAYS`, or nil when `STATE_ARCHIVE_ENABLED` is false.
    public init(seconds: Int, archiveDays: Int?) {
        milliseconds = max(Int64(seconds) * 1000, Int64(archiveDays ?? 0) * 86_400_000)
    }

    /// The defaults of CONTRACT 14.
    public static let standard = StateLife(seconds: 7200, archiveDays: 7)

    func isOver(since used: Timestamp, at now: Timestamp) -> Bool {
        now.milliseconds - used.milliseconds > milliseconds
    }
}

extension EventLog {
    /// The Python state of a session, unless there is none or its life is over.
    public func liveState(session: String, life: StateLife, at now: Timestamp) async throws -> CurrentState? {
        let events = try await stateEvents(session: session, limit: CurrentState.window)
        guard let state = CurrentState(newestFirst: events) else { return nil }
        guard life.isOver(since: state.createdAt, at: now) else { return state }
        return life.isOver(since: try await lastUse(of: state, session: session), at: now) ? nil : state
    }

    /// When a state was last saved or loaded.
    public func lastUse(of state: CurrentState, session: String) async throws -> Timestamp {
        let page = 1000
        var used = state.createdAt
        var version = state.version
        while true {
            let events = try await read(session: session, after: version, limit: page)
            for event in events where event.type == .executionFinished && event.data != nil {
                if ExecutionFinished(event.body).state?.before != nil { used = event.time }
            }
            guard events.count == page, let last = events.last else { return used }
            version = last.version
        }
    }
}
