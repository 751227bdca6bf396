import Foundation
import Postgres
import TestSupport
import Testing

@Suite("One pipelined connection")
struct ConnectionTests {
    @Test("1,000 concurrent callers each get their own answer")
    func concurrentQueries() async throws {
        let connection = try await sharedConnection()
        let sum = try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<1_000 {
                group.addTask { try await connection.value("select $1::bigint", .int8(Int64(number))) }
            }
            var seen: Set<Int64> = []
            for try await value in group { seen.insert(value) }
            return seen.count
        }
        #expect(sum == 1_000)
    }

    @Test("A failing query among many fails nobody else")
    func isolatedFailures() async throws {
        let connection = try await sharedConnection()
        let outcomes = await withTaskGroup(of: (Int, Int64?).self) { group in
            for number in 0..<200 {
                group.addTask {
                    // Every tenth divides by zero, all with the same text.
                    let value: Int64? = try? await connection.value(
                        "select 100 / $1::bigint", .int8(number % 10 == 0 ? 0 : 1))
                    return (number, value)
                }
            }
            var all: [Int: Int64?] = [:]
            for await (number, value) in group { all[number] = value }
            return all
        }
        #expect(outcomes.allSatisfy { number, value in value == (number % 10 == 0 ? nil : 100) })
    }

    @Test("A syntax error fails only its own callers, also while its Parse is in flight")
    func failingParse() async throws {
        let connection = try await sharedConnection()
        let bad1 = Task { try await connection.query(SQLQuery("selekt 1")) }
        let bad2 = Task { try await connection.query(SQLQuery("selekt 1")) }
        async let good = connection.value("select 7", as: Int32.self)
        #expect(try await good == 7)
        await #expect(throws: PostgresError.self) { _ = try await bad1.value }
        let error = await #expect(throws: PostgresError.self) { _ = try await bad2.value }
        #expect(error?.sqlState == "42601")
    }

    @Test("The server's refusal carries SQLSTATE, detail and constraint")
    func serverError() async throws {
        let connection = try await freshConnection()
        try await connection.query(SQLQuery("create table item (id bigint constraint item_key primary key)"))
        try await connection.query(SQLQuery("insert into item values (1)"))
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query(SQLQuery("insert into item values ($1)", [.int8(1)]))
        }
        #expect(error?.code == .server(sqlState: "23505"))
        #expect(error?.constraint == "item_key")
        #expect(error?.detail?.contains("already exists") == true)
        #expect(error?.description.contains("already exists") == false)
    }

    @Test("A transaction is committed as a whole, with a result for each query")
    func transaction() async throws {
        let connection = try await freshConnection()
        try await connection.query(SQLQuery("create table item (id bigint)"))
        let results = try await connection.transaction([
            SQLQuery("insert into item values ($1), ($2)", [.int8(1), .int8(2)]),
            SQLQuery("select count(*) from item"),
        ])
        #expect(results[0].rowsAffected == 2)
        #expect(try results[1].rows[0].decode(0, as: Int64.self) == 2)
    }

    @Test("A transaction that fails leaves nothing and tells which query it was")
    func rollback() async throws {
        let connection = try await freshConnection()
        try await connection.query(SQLQuery("create table item (id bigint)"))
        let error = await #expect(throws: PostgresError.self) {
            try await connection.transaction([
                SQLQuery("insert into item values ($1)", [.int8(1)]),
                SQLQuery("select 1 / $1::bigint", [.int8(0)]),
                SQLQuery("insert into item values ($1)", [.int8(2)]),
            ])
        }
        #expect(error?.sqlState == "22012")
        #expect(error?.queryIndex == 1)
        #expect(try await connection.value("select count(*) from item", as: Int64.self) == 0)
    }

    @Test("A constraint that is checked at commit fails the caller, not the connection")
    func deferredConstraint() async throws {
        let connection = try await freshConnection()
        try await connection.query(
            SQLQuery(
                "create table item (id bigint primary key, next bigint references item deferrable initially deferred)"))
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query(SQLQuery("insert into item values (1, 2)"))
        }
        #expect(error?.sqlState == "23503")
        #expect(try await connection.value("select count(*) from item", as: Int64.self) == 0)
    }

    @Test("Session options are in force")
    func options() async throws {
        let connection = try await sharedConnection(options: ["statement_timeout": "1234ms", "enable_seqscan": "off"])
        #expect(try await connection.value("select current_setting('statement_timeout')") == "1234ms")
        #expect(try await connection.value("select current_setting('enable_seqscan')") == "off")
    }

    @Test("An option that the server does not know is its refusal")
    func unknownOption() async throws {
        let error = await #expect(throws: PostgresError.self) { try await sharedConnection(options: ["no_such": "1"]) }
        #expect(error?.sqlState == "42704")
    }

    @Test("A changed table does not break a prepared statement for longer than one query")
    func stalePlan() async throws {
        let connection = try await freshConnection()
        try await connection.query(SQLQuery("create table item (id bigint)"))
        _ = try await connection.query(SQLQuery("select * from item"))
        try await connection.query(SQLQuery("alter table item add name text"))
        await #expect(throws: PostgresError.self) { try await connection.query(SQLQuery("select * from item")) }
        #expect(try await connection.query(SQLQuery("select * from item")).rows.isEmpty)
    }

    @Test("Large values in both directions at once do not dead-lock")
    func largeBothWays() async throws {
        let connection = try await sharedConnection()
        let value = [UInt8](repeating: 7, count: 4 << 20)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<12 {
                group.addTask { try await connection.value("select $1::bytea", .bytes(value), as: [UInt8].self).count }
            }
            for try await count in group { #expect(count == value.count) }
        }
    }

    @Test("Many rows come in order")
    func manyRows() async throws {
        let connection = try await sharedConnection()
        let rows = try await connection.query(SQLQuery("select n::bigint from generate_series(1, 20000) n")).rows
        #expect(try rows.map { try $0.decode(0, as: Int64.self) } == Array(1...20_000))
    }
}
