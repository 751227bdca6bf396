import Postgres
import TestSupport
import Testing

@Suite("A connection that ends")
struct ConnectionLossTests {
    /// Waits until `connection` runs a query, by asking the server through another connection.
    private func waitUntilBusy(_ connection: PostgresConnection, watcher: PostgresConnection) async throws {
        let isBusy = SQLQuery(
            """
            select exists (select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep')
            """, [.int4(connection.backendPID)])
        while try await !watcher.query(isBusy).rows[0].decode(0, as: Bool.self) { await Task.yield() }
    }

    private func terminate(_ connection: PostgresConnection, by other: PostgresConnection) async throws {
        try await other.query(SQLQuery("select pg_terminate_backend($1)", [.int4(connection.backendPID)]))
    }

    @Test("A query that was running when the session is killed has an unknown outcome")
    func outcomeUnknown() async throws {
        let connection = try await sharedConnection()
        let other = try await sharedConnection()
        let query = Task { try await connection.query(SQLQuery("select pg_sleep(60)")) }
        try await waitUntilBusy(connection, watcher: other)
        try await terminate(connection, by: other)
        let error = await #expect(throws: PostgresError.self) { _ = try await query.value }
        #expect(error?.code == .outcomeUnknown)
    }

    @Test("After the end of the session, queries say that nothing was sent")
    func connectionLost() async throws {
        let connection = try await sharedConnection()
        try await terminate(connection, by: try await sharedConnection())
        #expect(try await connection.closed.code == .connectionLost)
        let error = await #expect(throws: PostgresError.self) { try await connection.query(SQLQuery("select 1")) }
        #expect(error?.code == .connectionLost)
    }

    @Test("The holder of a session lock learns that it is lost")
    func lockHolder() async throws {
        let holder = try await freshConnection()
        try await holder.query(SQLQuery("select pg_advisory_lock(7)"))
        async let end = holder.closed
        try await terminate(holder, by: try await sharedConnection())
        #expect(try await end.code == .connectionLost)
    }

    @Test("Closing ends the session on the server and tells whoever waits")
    func close() async throws {
        let connection = try await sharedConnection()
        async let end = connection.closed
        await connection.close()
        #expect(try await end.code == .closed)
        let error = await #expect(throws: PostgresError.self) { try await connection.query(SQLQuery("select 1")) }
        #expect(error?.code == .closed)
    }

    @Test("Waiting for the end can be cancelled")
    func cancelClosed() async throws {
        let connection = try await sharedConnection()
        let task = Task { try await connection.closed }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await connection.value("select 1", as: Int32.self) == 1)
    }

    @Test("A dropped connection ends its session on the server")
    func dropped() async throws {
        let other = try await sharedConnection()
        var connection: PostgresConnection? = try await sharedConnection()
        let pid = try #require(connection?.backendPID)
        connection = nil
        let isThere = SQLQuery("select exists (select from pg_stat_activity where pid = $1)", [.int4(pid)])
        while try await other.query(isThere).rows[0].decode(0, as: Bool.self) { await Task.yield() }
    }

    @Test("A server that is not there is a lost connection, at once")
    func nobodyThere() async throws {
        let folder = try ScratchFolder.make()
        let error = await #expect(throws: PostgresError.self) {
            try await PostgresConnection.connect(PostgresConfiguration(url: "postgresql:///x?host=\(folder)"))
        }
        #expect(error?.code == .connectionLost)
    }

    @Test(
        "A URL that cannot work is a configuration error that does not quote it",
        arguments: ["postgresql://user:secret@host:port/x%zz", "postgres://user:sec@ret@host/x", "secret"])
    func malformedURL(url: String) async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await PostgresConnection.connect(PostgresConfiguration(url: url))
        }
        #expect(error?.code == .configuration)
        #expect("\(String(describing: error))\(PostgresConfiguration(url: url))".contains("sec") == false)
    }
}
