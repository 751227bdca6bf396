import Events
import Postgres

/// Reads a row of `load_sessions`: the view's columns, its files, and the events after it.
enum SessionTail {
    /// The session as the last of the events leaves it.
    static func state(_ row: SQLRow) throws -> SessionState {
        let session: String = try row.decode(0)
        // A session that the views do not have yet has no kind, and all of its events in the tail.
        var state =
            try row.decode(1, as: String?.self) == nil
            ? SessionState(id: session)
            : SessionState(
                try SessionColumns.row(row), files: try FileColumns.files(row, from: SessionColumns.count))
        for event in try events(row, session: session, from: SessionColumns.count + FileColumns.arrayCount) {
            state.apply(event)
        }
        return state
    }

    /// What the row tells about the session's life.
    static func use(_ row: SQLRow) throws -> SessionLife.Use {
        let first = SessionColumns.count + FileColumns.arrayCount + eventArrays
        return SessionLife.Use(
            isHeld: try row.decode(first), touchedAt: try row.optionalTime(first + 1), readAt: try row.time(first + 2))
    }

    /// Columns of `events(_:session:from:)`.
    private static let eventArrays = 7

    /// The fold reads neither salts nor commitments, so they are not sent.
    private static func events(_ row: SQLRow, session: String, from first: Int) throws -> [Event] {
        let positions: [Int64] = try row.array(first)
        guard !positions.isEmpty else { return [] }
        let versions: [Int64] = try row.array(first + 1)
        let types: [String] = try row.array(first + 2)
        let times: [Int64] = try row.array(first + 3)
        let executions: [String?] = try row.array(first + 4)
        let bodies: [String?] = try row.array(first + 5)
        let hashes: [[UInt8]] = try row.array(first + 6)
        return positions.indices.map { index in
            Event(
                position: positions[index], session: session, version: versions[index],
                type: EventType(rawValue: types[index]), time: Timestamp(microseconds: times[index]),
                execution: executions[index], data: bodies[index], salt: nil, dataCommitment: [], previousHash: [],
                hash: hashes[index])
        }
    }
}
