import Events
import Postgres

/// The columns of the table `event`, in its order.
enum EventColumns {
    static func event(_ row: SQLRow) throws -> Event {
        Event(
            position: try row.decode(0), session: try row.decode(1), version: try row.decode(2),
            type: EventType(rawValue: try row.decode(3)), time: try row.time(4), execution: try row.decode(5),
            data: try row.decode(6), salt: try row.decode(7), dataCommitment: try row.decode(8),
            previousHash: try row.decode(9), hash: try row.decode(10))
    }
}
