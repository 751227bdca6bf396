/// Brings a database to the schema of a folder of SQL files.
///
/// `NNNN_name.sql` are steps: applied once, in order, each in its own transaction, and recorded with their checksum
/// in the table `schema_step`. `functions/*.sql` hold one `create or replace function` each and are applied all
/// together, in one transaction, whenever any of them changed. A function whose file is gone stays until a step
/// drops it. Files must not contain `begin`, `commit` or anything that cannot run in a transaction.
///
/// All run with `search_path` set to the schema alone, which is created if need be, so plain names land in it.
/// An advisory lock makes processes that start together wait for each other.
public struct Migrator: Sendable {
    /// Path of the folder with the steps and `functions/`.
    public let directory: String
    /// The schema that holds everything.
    public let schema: String

    /// Creates a migrator; nothing is read yet.
    public init(directory: String, schema: String = "runledger") {
        self.directory = directory
        self.schema = schema
    }

    /// Applies what is missing.
    ///
    /// - Throws: ``PostgresError``: `schemaTooNew` if the database knows a step beyond the folder's last,
    ///   `schemaStepChanged` if the file of an applied step differs, `schemaStepInvalid` for a folder that is not
    ///   in order, else what the server or the connection says; the message names the file.
    @discardableResult
    public func migrate(_ configuration: PostgresConfiguration) async throws -> MigrationReport {
        try await onOwnThread(named: "postgres-migrate") {
            let folder = try MigrationFolder(path: directory)
            return try Migration(folder, schema, try BlockingSession(configuration)).run()
        }
    }
}
