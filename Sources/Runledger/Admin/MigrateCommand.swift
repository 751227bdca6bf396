import ArgumentParser
import Postgres

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database to this version's schema. `serve` does so by itself.")

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let url = try database.url()
        do {
            let report = try await Migrator(directory: try Layout.find().migrations)
                .migrate(PostgresConfiguration(url: url))
            for step in report.applied { Terminal.say("applied \(step)") }
            if report.functionsReplaced { Terminal.say("functions replaced") }
            Terminal.say("schema is at step \(report.version)")
        } catch let error as PostgresError {
            Terminal.complain(error.message)
            throw ExitCode.failure
        }
    }
}
