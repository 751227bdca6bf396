import ArgumentParser
import Events

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute every hash of the log and name what does not match.",
        discussion: "Exit code 0: every event is as it was written. 1: something was changed, or could not be read.")

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let started = ContinuousClock.now
        let (checked, findings) = try await database.withClient { client in
            try await PostgresVerification(client: client).run()
        }
        let elapsed = ContinuousClock.now - started
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        for finding in findings.prefix(100) { Terminal.say("TAMPERED \(finding)") }
        if findings.count > 100 { Terminal.say("... and \(findings.count - 100) more") }
        let rate = Int(Double(checked) / max(seconds, 0.001))
        guard findings.isEmpty else {
            Terminal.say("\(checked) events checked, \(findings.count) findings")
            throw ExitCode.failure
        }
        Terminal.say("\(checked) events verified, all hashes match (\(rate) events/s)")
    }
}
