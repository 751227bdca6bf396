import Events
import Executor
import HTTP
import Postgres

/// How the parts of this process are asked, for the service pages (CONTRACT 12).
struct ServiceChecks {
    /// Events that the views may stand behind the log before lists are noticeably old.
    private static let lagLimit: Int64 = 10_000

    private static let database = """
        select current_setting('server_version'),
            (select count(*) from pg_stat_activity a where a.datname = current_database()),
            current_setting('max_connections')::bigint, pg_database_size(current_database())
        """
    private static let blob = "select exists (select from runledger.blob limit 1)"
    private static let ledger = """
        select coalesce((select e.position from runledger.event e order by e.position desc limit 1), 0),
            (select p.position from runledger.projected p)
        """
    private static let queue = "select count(*) from runledger.queue q where q.executor is null"
    private static let executions = "select count(*) from runledger.execution_view"

    let client: PostgresClient
    let executor: ExecutorService
    let languages: [LanguageAvailability]

    var probes: ServiceProbes {
        ServiceProbes(checks: [postgres, blobs, executing, pool, ledger]) { [client] in
            try await client.query(SQLQuery(Self.executions, isIdempotent: true)).rows.first?.decode(0) ?? 0
        }
    }

    private var postgres: ServiceCheck {
        ServiceCheck(name: "postgres", kind: "postgres") { [client] in
            guard let row = try await client.query(SQLQuery(Self.database, isIdempotent: true)).rows.first else {
                throw LogError(.unavailable, "no answer")
            }
            let (used, most): (Int64, Int64) = (try row.decode(1), try row.decode(2))
            return ServiceCheck.Finding(
                isDegraded: used * 10 > most * 9,
                details: [
                    JSONMember("version", .string(try row.decode(0))), JSONMember("connections", .int(used)),
                    JSONMember("max_connections", .int(most)),
                    JSONMember("database_bytes", .int(try row.decode(3, as: Int64.self))),
                ])
        }
    }

    private var blobs: ServiceCheck {
        ServiceCheck(name: "blob_store", kind: "postgres") { [client] in
            try await client.query(SQLQuery(Self.blob, isIdempotent: true))
            return ServiceCheck.Finding()
        }
    }

    private var executing: ServiceCheck {
        ServiceCheck(name: "executor", kind: "local") { [executor, languages] in
            try executor.check()
            let available = languages.filter(\.isAvailable)
            return ServiceCheck.Finding(
                isDegraded: available.isEmpty,
                details: [
                    JSONMember("languages", .array(available.map { .string($0.language.code) }))
                ])
        }
    }

    private var pool: ServiceCheck {
        ServiceCheck(name: "pool", kind: "local") { [client, executor] in
            let places = executor.places
            let waiting: Int64 =
                try await client.query(SQLQuery(Self.queue, isIdempotent: true)).rows.first?.decode(0) ?? 0
            return ServiceCheck.Finding(
                isDegraded: waiting > 0 && places.taken >= places.capacity,
                details: [
                    JSONMember("capacity", .int(places.capacity)), JSONMember("running", .int(places.taken)),
                    JSONMember("waiting", .int(waiting)),
                ])
        }
    }

    private var ledger: ServiceCheck {
        ServiceCheck(name: "ledger", kind: "postgres") { [client] in
            guard let row = try await client.query(SQLQuery(Self.ledger, isIdempotent: true)).rows.first else {
                throw LogError(.unavailable, "no answer")
            }
            let (head, projected): (Int64, Int64) = (try row.decode(0), try row.decode(1))
            return ServiceCheck.Finding(
                isDegraded: head - projected > Self.lagLimit,
                details: [
                    JSONMember("position", .int(head)), JSONMember("projection_lag_events", .int(head - projected)),
                ])
        }
    }
}
