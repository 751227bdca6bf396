import Events
import Postgres

/// One rebuild, on a connection of its own that holds its locks: whatever happens to this process, they end with it.
struct Rebuild {
    static let options = ProjectionTables.options.merging([
        "application_name": "runledger rebuild", "statement_timeout": "0", "idle_session_timeout": "0",
        "maintenance_work_mem": "256MB",
    ]) { _, new in new }

    private static let tryLock = "select pg_try_advisory_lock(hashtextextended('runledger.projections', 0))"
    private static let pause = "select pg_advisory_lock(hashtextextended('runledger.projector.pause', 0))"
    private static let unpause = "select pg_advisory_unlock(hashtextextended('runledger.projector.pause', 0))"
    private static let leftovers = "select distinct version from runledger.projection where status <> 'serving'"
    private static let serving = """
        select version, position from runledger.projection where name = 'sessions' and status = 'serving'
        """
    private static let oneSnapshot = "select set_config('default_transaction_isolation', 'repeatable read', false)"
    private static let compare = "select * from runledger.compare_projections($1, $2)"

    private let connection: PostgresConnection
    private let log: any EventLog
    private let version: Int32
    private let progress: @Sendable (RebuildProgress) -> Void
    private var builder: ViewBuilder
    private var isPausing = false

    /// Makes the empty tables, unless another rebuild is running.
    static func begin(
        _ connection: PostgresConnection, _ log: any EventLog, _ progress: @escaping @Sendable (RebuildProgress) -> Void
    ) async throws -> Rebuild {
        guard try await connection.query(SQLQuery(tryLock)).rows.first?.decode(0) == true else {
            throw ProjectionError(.busy, "Another rebuild or verification of this database is running")
        }
        for row in try await connection.query(SQLQuery(leftovers)).rows {
            try await drop(try row.decode(0), connection)
        }
        let created = try await connection.query(SQLQuery("select runledger.begin_projection()")).rows
        guard let version: Int32 = try created.first?.decode(0) else {
            throw ProjectionError(.sessionLost, "The database made no tables")
        }
        return Rebuild(connection, log, version, progress)
    }

    private init(
        _ connection: PostgresConnection, _ log: any EventLog, _ version: Int32,
        _ progress: @escaping @Sendable (RebuildProgress) -> Void
    ) {
        self.connection = connection
        self.log = log
        self.version = version
        self.progress = progress
        builder = ViewBuilder(log, ProjectionTables(connection: connection, version: version), progress: progress)
    }

    mutating func replaceServing() async throws -> RebuildReport {
        try await builder.build(to: try await log.head())
        report(.indexing, target: builder.position)
        try await connection.query(SQLQuery("select runledger.index_projection_tables($1)", [.int4(version)]))
        // What happened since the log's head was read; then the little that happened during that.
        for _ in 0..<2 { try await builder.build(to: try await log.head()) }
        try await pauseProjector()
        let replaced = try await servingVersion()
        try await builder.build(to: max(replaced.position, builder.position))
        report(.switching, target: builder.position)
        try await Self.patiently {
            try await connection.query(SQLQuery("select runledger.serve_projection($1)", [.int4(version)]))
        }
        try await resumeProjector()
        try await Self.drop(replaced.version, connection)
        return RebuildReport(version: Int(version), position: builder.position, events: builder.events)
    }

    mutating func compareWithServing() async throws -> ProjectionVerification {
        // Never beyond the views: both must stand at one position in the end.
        for _ in 0..<3 { try await builder.build(to: try await servingVersion().position) }
        try await pauseProjector()
        let served = try await servingVersion()
        try await builder.build(to: served.position)
        report(.comparing, target: served.position)
        try await connection.query(SQLQuery(Self.oneSnapshot))
        // The snapshot is taken before the first statement, so the projector goes on while the tables are compared
        // as they were before it did.
        let results = try await connection.transaction([
            SQLQuery(Self.unpause), SQLQuery(Self.compare, [.int4(served.version), .int4(version)]),
        ])
        isPausing = false
        let differences = try results[1].rows.compactMap { row in
            try ProjectionName(rawValue: row.decode(0)).map { name in
                ProjectionDifference(
                    name: name, key: try row.decode(1), served: try row.decode(2), rebuilt: try row.decode(3))
            }
        }
        return ProjectionVerification(position: served.position, events: builder.events, differences: differences)
    }

    /// Removes the tables if they do not serve. What cannot be removed now is removed by the next rebuild.
    mutating func cleanUp() async {
        if isPausing { try? await resumeProjector() }
        guard let serving = try? await servingVersion().version, serving != version else { return }
        try? await Self.drop(version, connection)
    }

    private func report(_ phase: RebuildProgress.Phase, target: Int64) {
        progress(RebuildProgress(phase: phase, position: builder.position, target: target))
    }

    private func servingVersion() async throws -> (version: Int32, position: Int64) {
        guard let row = try await connection.query(SQLQuery(Self.serving)).rows.first else {
            throw ProjectionError(.sessionLost, "The database has no views")
        }
        return (try row.decode(0), try row.decode(1))
    }

    /// Makes the projector wait before its next batch. It keeps its place and holds no row meanwhile.
    private mutating func pauseProjector() async throws {
        try await connection.query(SQLQuery(Self.pause))
        isPausing = true
    }

    private mutating func resumeProjector() async throws {
        try await connection.query(SQLQuery(Self.unpause))
        isPausing = false
    }

    private static func drop(_ version: Int32, _ connection: PostgresConnection) async throws {
        try await patiently {
            try await connection.query(SQLQuery("select runledger.drop_projection($1)", [.int4(version)]))
        }
    }

    /// Repeats what could not get its locks within 200 ms because readers had them.
    private static func patiently(_ body: () async throws -> SQLResult) async throws {
        for _ in 0..<50 {
            do {
                _ = try await body()
                return
            } catch let error as PostgresError where error.sqlState == "55P03" || error.sqlState == "40P01" {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        throw ProjectionError(.viewsInUse, "Queries held the views for ten seconds")
    }
}
