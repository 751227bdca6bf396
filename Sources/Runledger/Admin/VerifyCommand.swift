import ArgumentParser
import Events

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute every hash of the log and name what does not match.",
        discussion: "Exit code 0: every event is as it was written. 1: something was changed, or could not be read.")

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let clock = Stopwatch()
        let (checked, findings) = try await database.withClient { client in
            try await PostgresVerification(client: client).run()
        }
        for finding in findings.prefix(100) { Terminal.say("TAMPERED \(finding)") }
        if findings.count > 100 { Terminal.say("... and \(findings.count - 100) more") }
        guard findings.isEmpty else {
            Terminal.say("\(checked) events checked, \(findings.count) findings")
            throw ExitCode.failure
        }
        Terminal.say("\(checked) events verified, all hashes match (\(clock.rate(of: checked)) events/s)")
    }
}
