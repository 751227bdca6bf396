import Foundation
import Postgres
import TestSupport
import Testing

@Suite("The migrator")
struct MigratorTests {
    /// A folder with these files.
    private func folder(_ files: [String: String]) throws -> String {
        let path = try ScratchFolder.make()
        try FileManager.default.createDirectory(atPath: path + "/functions", withIntermediateDirectories: true)
        for (name, text) in files { try write(text, to: "\(path)/\(name)") }
        return path
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private let files = [
        "0001_item.sql": "create table item (id bigint primary key); create index on item (id);",
        "0002_name.sql": "alter table item add name text;",
        // In the order of names, but needing one another.
        "functions/a_count.sql":
            "create or replace function a_count() returns bigint language sql as 'select b_count()'",
        "functions/b_count.sql":
            "create or replace function b_count() returns bigint language sql as 'select count(*) from item'",
    ]

    @Test("Applies steps and functions once")
    func twice() async throws {
        let database = PostgresConfiguration(url: try await TestDatabase.fresh())
        let migrator = Migrator(directory: try folder(files))
        let first = try await migrator.migrate(database)
        #expect(first.applied == ["0001_item", "0002_name"])
        #expect(first.functionsReplaced)
        #expect(first.version == 2)
        let second = try await migrator.migrate(database)
        #expect(!second.didChange)
        #expect(second.version == 2)
        let connection = try await PostgresConnection.connect(
            database.with(options: ["search_path": "runledger"]))
        #expect(try await connection.value("select a_count()", as: Int64.self) == 0)
    }

    @Test("Processes that start together apply each step once")
    func concurrently() async throws {
        let database = PostgresConfiguration(url: try await TestDatabase.fresh())
        let migrator = Migrator(directory: try folder(files))
        let reports = try await withThrowingTaskGroup(of: MigrationReport.self) { group in
            for _ in 0..<6 { group.addTask { try await migrator.migrate(database) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(reports.filter(\.didChange).count == 1)
    }

    @Test("A later run applies only what is new")
    func grows() async throws {
        let database = PostgresConfiguration(url: try await TestDatabase.fresh())
        let path = try folder(files)
        try await Migrator(directory: path).migrate(database)
        try write("alter table item add size bigint", to: path + "/0003_size.sql")
        let report = try await Migrator(directory: path).migrate(database)
        #expect(report.applied == ["0003_size"])
        #expect(!report.functionsReplaced)
    }

    @Test("Changed functions are replaced, steps are left alone")
    func replacesFunctions() async throws {
        let database = PostgresConfiguration(url: try await TestDatabase.fresh())
        let path = try folder(files)
        try await Migrator(directory: path).migrate(database)
        try write(
            "create or replace function b_count() returns bigint language sql as 'select 42::bigint'",
            to: path + "/functions/b_count.sql")
        let report = try await Migrator(directory: path).migrate(database)
        #expect(report.applied.isEmpty)
        #expect(report.functionsReplaced)
        let connection = try await PostgresConnection.connect(database.with(options: ["search_path": "runledger"]))
        #expect(try await connection.value("select a_count()", as: Int64.self) == 42)
    }

    @Test("The file of an applied step must not change")
    func changedStep() async throws {
        let database = PostgresConfiguration(url: try await TestDatabase.fresh())
        let path = try folder(files)
        try await Migrator(directory: path).migrate(database)
        try write("alter table item add title text;", to: path + "/0002_name.sql")
        let error = await #expect(throws: PostgresError.self) { try await Migrator(directory: path).migrate(database) }
        #expect(error?.code == .schemaStepChanged)
        #expect(error?.message.contains("0002_name.sql") == true)
    }

    @Test("An older program refuses a newer database")
    func tooNew() async throws {
        let database = PostgresConfiguration(url: try await TestDatabase.fresh())
        try await Migrator(directory: try folder(files)).migrate(database)
        let older = try folder(files.filter { $0.key != "0002_name.sql" })
        let error = await #expect(throws: PostgresError.self) { try await Migrator(directory: older).migrate(database) }
        #expect(error?.code == .schemaTooNew)
    }

    @Test("A step that fails leaves nothing of itself, keeps those before it and names the file")
    func failingStep() async throws {
        let database = PostgresConfiguration(url: try await TestDatabase.fresh())
        let path = try folder([
            "0001_a.sql": "create table a (id bigint)",
            "0002_b.sql": "create table b (id bigint); select 1 / 0",
        ])
        let error = await #expect(throws: PostgresError.self) { try await Migrator(directory: path).migrate(database) }
        #expect(error?.sqlState == "22012")
        #expect(error?.message.hasPrefix("0002_b.sql") == true)
        let connection = try await PostgresConnection.connect(database.with(options: ["search_path": "runledger"]))
        #expect(try await connection.value("select to_regclass('a') is not null", as: Bool.self))
        #expect(try await connection.value("select to_regclass('b') is null", as: Bool.self))
    }

    @Test("A function that fails is named and changes none of them")
    func failingFunction() async throws {
        let database = PostgresConfiguration(url: try await TestDatabase.fresh())
        let path = try folder(["functions/a.sql": files["functions/b_count.sql"]!, "functions/z.sql": "nonsense"])
        let error = await #expect(throws: PostgresError.self) { try await Migrator(directory: path).migrate(database) }
        #expect(error?.message.contains("functions/z.sql") == true)
        let connection = try await PostgresConnection.connect(database.with(options: ["search_path": "runledger"]))
        #expect(try await connection.value("select to_regproc('b_count') is null", as: Bool.self))
    }

    @Test(
        "A folder that is not in order is refused before anything is done",
        arguments: [["1_a.sql"], ["0001_a.sql", "0001_b.sql"], ["abcd_a.sql"], ["0000_a.sql"]])
    func disorder(names: [String]) async throws {
        let path = try folder(Dictionary(uniqueKeysWithValues: names.map { ($0, "select 1") }))
        let database = PostgresConfiguration(url: try await TestDatabase.shared.url)
        let error = await #expect(throws: PostgresError.self) { try await Migrator(directory: path).migrate(database) }
        #expect(error?.code == .schemaStepInvalid)
    }

    @Test("A schema may have any name")
    func oddSchema() async throws {
        let database = PostgresConfiguration(url: try await TestDatabase.fresh())
        try await Migrator(directory: try folder(files), schema: "Odd \"schema\"").migrate(database)
        let connection = try await PostgresConnection.connect(database)
        #expect(try await connection.value("select count(*) from \"Odd \"\"schema\"\"\".item", as: Int64.self) == 0)
    }
}
