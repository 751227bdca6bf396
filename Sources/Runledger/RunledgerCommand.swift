import ArgumentParser

@main
struct RunledgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runledger",
        abstract: "A code interpreter whose every run is on the record.",
        version: Version.current,
        subcommands: [
            ServeCommand.self, MigrateCommand.self, DoctorCommand.self, SessionsCommand.self, KeysCommand.self,
            ProjectionsCommand.self, VerifyCommand.self,
        ])
}

enum Version {
    static let current = "0.1.0"
}
