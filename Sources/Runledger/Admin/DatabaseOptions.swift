import ArgumentParser
import Foundation
import Logging
import Postgres
import ServiceLifecycle

/// Where an admin command finds the database: `--database-url`, DATABASE_URL, or what a server left in its home.
struct DatabaseOptions: ParsableArguments {
    @Option(help: "PostgreSQL URL (default: DATABASE_URL, else the cluster of RUNLEDGER_HOME).")
    var databaseURL: String?

    func url() throws -> String {
        let environment = Environment(ProcessInfo.processInfo.environment)
        if let url = databaseURL ?? environment.text("DATABASE_URL") { return url }
        let home = environment.text("RUNLEDGER_HOME") ?? ".runledger"
        guard let url = try Home(home).rememberedDatabaseURL() else {
            throw ValidationError("no database: set DATABASE_URL, or RUNLEDGER_HOME to the home of a running server")
        }
        return url
    }

    /// Runs `body` with a client of the database.
    func withClient<Value: Sendable>(
        _ body: @escaping @Sendable (PostgresClient) async throws -> Value
    ) async throws -> Value {
        var logger = Logger(label: "runledger")
        logger.logLevel = .error
        let client = PostgresClient(
            PostgresConfiguration(url: try url()), connections: 2, patience: .seconds(5), logger: logger)
        do {
            return try await withThrowingTaskGroup(of: Value?.self) { group in
                group.addTask {
                    try await client.run()
                    return nil
                }
                group.addTask { try await body(client) }
                while let value = try await group.next() {
                    if let value {
                        group.cancelAll()
                        return value
                    }
                }
                throw ExitCode.failure
            }
        } catch let error as PostgresError {
            Terminal.complain(error.message)
            throw ExitCode.failure
        }
    }
}
