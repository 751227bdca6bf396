import Events
import Projections

/// The views as folds of a list of events in memory: what the tables have to agree with.
struct FoldedLedger {
    var sessions: [String: SessionState] = [:]
    var executions: [String: ExecutionState] = [:]

    init(_ events: [Event]) {
        for event in events {
            sessions[event.session, default: SessionState(id: event.session)].apply(event)
            guard let id = event.execution else { continue }
            if executions[id] != nil {
                executions[id]?.apply(event)
            } else {
                executions[id] = ExecutionState(event)
            }
        }
    }
}

extension Event {
    /// An event as it would be committed, for folds without a log.
    static func committed(_ new: NewEvent, session: String, version: Int64, position: Int64) -> Event {
        Event(
            position: position, session: session, version: version, type: new.type,
            time: Timestamp(milliseconds: 1_790_000_000_000 + position), execution: new.execution, data: new.data,
            salt: new.salt, dataCommitment: [], previousHash: [],
            hash: Digest32(repeating: UInt8(version & 255), count: 32))
    }

    /// The event after the erasure of its session.
    var erased: Event {
        var event = self
        event.data = nil
        event.salt = nil
        return event
    }
}

/// The events of one session, numbered.
func history(_ session: String, _ events: NewEvent...) -> [Event] {
    events.enumerated().map { index, event in
        .committed(event, session: session, version: Int64(index + 1), position: Int64(index + 101))
    }
}
