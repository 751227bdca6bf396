public import Postgres

/// Reading events back from the table.
public enum EventRow {
    static let columns = """
        position, session, version, type, time, execution, data, salt, data_commitment, prev_hash, hash
        """

    static let afterPosition = """
        select \(columns) from runledger.event where position > $1 order by position limit $2
        """

    /// The stream's first position prunes the partitions that are older than the session.
    static let ofSession = """
        select \(columns) from runledger.event
            where session = $1 and version > $2
                and position >= (select first_position from runledger.session_stream where session = $1)
            order by version limit $3
        """

    static let head = "select coalesce(max(position), 0) from runledger.event"

    static let milestone = """
        select \(columns) from runledger.event
            where session = $1 and execution = $2 and position > $3
                and type in ('execution.finished', 'execution.tool_call_requested')
                and position >= (select first_position from runledger.session_stream where session = $1)
            order by version limit 1
        """

    /// The newest state events of a session, newest first.
    static let states = """
        select \(columns) from runledger.event
            where session = $1 and type in ('state.saved', 'state.uploaded', 'state.deleted')
                and position >= (select first_position from runledger.session_stream where session = $1)
            order by version desc limit $2
        """

    static func events(_ result: SQLResult) throws -> [Event] { try result.rows.map { try event($0) } }

    /// The event of a row that has the table's columns in their order.
    ///
    /// - Parameter first: index of the column `position`.
    /// - Throws: `PostgresError` with code `decoding`.
    public static func event(_ row: SQLRow, from first: Int = 0) throws -> Event {
        Event(
            position: try row.decode(first), session: try row.decode(first + 1), version: try row.decode(first + 2),
            type: EventType(rawValue: try row.decode(first + 3)),
            time: Timestamp(milliseconds: try row.decode(first + 4, as: Int64.self) / 1000),
            execution: try row.decode(first + 5), data: try row.decode(first + 6), salt: try row.decode(first + 7),
            dataCommitment: try row.decode(first + 8), previousHash: try row.decode(first + 9),
            hash: try row.decode(first + 10))
    }
}
