import Logging
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@Suite("The client")
struct ClientTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func withClient<Value: Sendable>(
        _ url: String,
        patience: Duration = .seconds(30),
        _ body: @Sendable (PostgresClient) async throws -> Value
    ) async throws -> Value {
        let client = PostgresClient(
            PostgresConfiguration(url: url), connections: 2, patience: patience, logger: quiet)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            let value = try await body(client)
            group.cancelAll()
            return value
        }
    }

    @Test("Callers wait for the first connection")
    func waitsForConnection() async throws {
        try await withClient(try await TestDatabase.shared.url) { client in
            let row = try await client.query(SQLQuery("select 1")).rows[0]
            #expect(try row.decode(0, as: Int32.self) == 1)
        }
    }

    @Test("Concurrent callers are spread over the connections")
    func spreads() async throws {
        try await withClient(try await TestDatabase.shared.url) { client in
            // On one connection the two would always have the same server process.
            var pids: Set<Int32> = []
            while pids.count < 2 {
                async let one = client.query(SQLQuery("select pg_backend_pid() from pg_sleep(0.01)"))
                async let two = client.query(SQLQuery("select pg_backend_pid() from pg_sleep(0.01)"))
                pids = [try await one.rows[0].decode(0), try await two.rows[0].decode(0)]
            }
        }
    }

    @Test("After a restart of the server the client is back, and an idempotent query never noticed")
    func reconnects() async throws {
        let server = try await TestDatabase.start()
        try await withClient(server.url) { client in
            let select = SQLQuery("select pg_backend_pid()", isIdempotent: true)
            let before: Int32 = try await client.query(select).rows[0].decode(0)
            try await server.stop()
            async let during = client.query(select)
            try await server.resume()
            #expect(try await during.rows[0].decode(0, as: Int32.self) != before)
            #expect(try await client.query(SQLQuery("select 1")).rows.count == 1)
        }
        try await server.stop()
    }

    @Test("An idempotent query that was running is sent again, another one is in doubt")
    func retriesOnlyIdempotent() async throws {
        let other = try await sharedConnection()
        try await withClient(try await TestDatabase.shared.url) { client in
            // The first run waits for the lock that `other` holds, the second gets it.
            for (isIdempotent, key) in [(true, 101), (false, 102)] as [(Bool, Int64)] {
                try await other.query(SQLQuery("select pg_advisory_lock($1)", [.int8(key)]))
                let wait = SQLQuery(
                    "select pg_advisory_xact_lock($1)::text", [.int8(key)], isIdempotent: isIdempotent)
                let result = Task { try await client.query(wait) }
                let kill = SQLQuery(
                    """
                    select pg_terminate_backend(pid) from pg_locks
                    where locktype = 'advisory' and not granted and objid = $1::bigint::oid
                    """, [.int8(key)])
                while try await other.query(kill).rows.isEmpty { await Task.yield() }
                try await other.query(SQLQuery("select pg_advisory_unlock($1)", [.int8(key)]))
                if isIdempotent {
                    #expect(try await result.value.rows.count == 1)
                } else {
                    let error = await #expect(throws: PostgresError.self) { _ = try await result.value }
                    #expect(error?.code == .outcomeUnknown)
                }
            }
        }
    }

    @Test("When no connection becomes ready, the caller gets a timeout that tells why")
    func timesOut() async throws {
        let nowhere = "postgresql:///x?host=\(try ScratchFolder.make())"
        try await withClient(nowhere, patience: .milliseconds(200)) { client in
            // On a busy machine the first attempt to connect may take longer than the first caller waits.
            var reason = ""
            while !reason.contains("No such file") {
                let error = await #expect(throws: PostgresError.self) { try await client.query(SQLQuery("select 1")) }
                #expect(error?.code == .timeout)
                reason = error?.message ?? "No such file: there was no error"
            }
        }
    }

    @Test("A caller that waits for a connection can be cancelled")
    func cancelsWaiting() async throws {
        let nowhere = "postgresql:///x?host=\(try ScratchFolder.make())"
        try await withClient(nowhere) { client in
            let task = Task { try await client.query(SQLQuery("select 1")) }
            await Task.yield()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("At a graceful shutdown running queries finish and new ones are refused")
    func shutsDownGracefully() async throws {
        // Two connections, so that the refused query does not queue behind the running one.
        let client = PostgresClient(
            PostgresConfiguration(url: try await TestDatabase.shared.url), connections: 2, logger: quiet)
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: client)], logger: quiet))
        async let run: Void = group.run()
        _ = try await client.query(SQLQuery("select 1"))
        let other = try await sharedConnection()
        try await other.query(SQLQuery("select pg_advisory_lock(201)"))
        async let running = client.query(SQLQuery("select pg_advisory_xact_lock(201)::text"))
        let isWaiting = SQLQuery("select from pg_locks where locktype = 'advisory' and not granted and objid = 201")
        while try await other.query(isWaiting).rows.isEmpty { await Task.yield() }
        await group.triggerGracefulShutdown()
        var refusal: PostgresError?
        while refusal == nil {
            do { try await client.query(SQLQuery("select 1 from pg_sleep(0)")) } catch let error as PostgresError {
                refusal = error
            }
        }
        #expect(refusal?.code == .closed)
        try await other.query(SQLQuery("select pg_advisory_unlock(201)"))
        #expect(try await running.rows.count == 1)
        try await run
    }

    @Test("A dedicated connection has its own settings and is closed after use")
    func dedicated() async throws {
        let client = PostgresClient(PostgresConfiguration(url: try await TestDatabase.shared.url), logger: quiet)
        let connection = try await client.withDedicated(options: ["plan_cache_mode": "force_generic_plan"]) {
            dedicated in
            let mode: String = try await dedicated.value("select current_setting('plan_cache_mode')")
            #expect(mode == "force_generic_plan")
            return dedicated
        }
        #expect(try await connection.closed.code == .closed)
    }
}
