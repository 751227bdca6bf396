import Events
import Postgres

/// The columns of `session_view`, in the order of the table, and of the parameters of `apply_sessions`.
enum SessionColumns {
    /// How many columns `row(_:)` reads.
    static let count = 16

    static func parameters(_ rows: [SessionSummary]) -> [SQLParameter] {
        [
            rows.texts { $0.id }, rows.texts { $0.kind.rawValue }, rows.texts { $0.status.rawValue },
            rows.texts { $0.owner.tenant }, rows.texts { $0.owner.principal }, rows.texts { $0.endUser },
            rows.texts { $0.entityID }, rows.times { $0.createdAt }, rows.times { $0.lastActivityAt },
            rows.integers { $0.version }, rows.integers { $0.position }, rows.digests { $0.headHash },
            rows.integers { $0.executionCount }, rows.integers { $0.fileCount }, rows.integers { $0.fileBytes },
            rows.integers { $0.firstPosition },
        ]
    }

    static func row(_ row: SQLRow) throws -> SessionSummary {
        SessionSummary(
            id: try row.decode(0), kind: SessionKind(rawValue: try row.decode(1)) ?? .private,
            status: SessionStatus(rawValue: try row.decode(2)) ?? .active,
            owner: Owner(tenant: try row.decode(3), principal: try row.decode(4)), endUser: try row.decode(5),
            entityID: try row.decode(6), createdAt: try row.time(7), lastActivityAt: try row.time(8),
            executionCount: try row.decode(12), fileCount: try row.decode(13), fileBytes: try row.decode(14),
            version: try row.decode(9), position: try row.decode(10), headHash: try row.decode(11),
            firstPosition: try row.decode(15))
    }
}

extension SessionState {
    /// The state of a session as its row and files tell it. `files` holds at least the current ones.
    init(_ row: SessionSummary, files: [SessionFile]) {
        self.init(id: row.id)
        kind = row.kind
        status = row.status
        owner = row.owner
        endUser = row.endUser
        entityID = row.entityID
        createdAt = row.createdAt
        lastActivityAt = row.lastActivityAt
        version = row.version
        position = row.position
        headHash = row.headHash
        executionCount = row.executionCount
        for file in files {
            self.files[file.id] = file
            if file.isCurrent { current[file.name] = file.id }
        }
    }
}
