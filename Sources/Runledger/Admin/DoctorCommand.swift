import ArgumentParser
import Executor
import Foundation

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check every layer of the sandbox on this host, and say what is missing.")

    func run() async throws {
        let settings = try Settings.ofProcess()
        let home = try Home(settings.home)
        let layout = try Layout.find()
        let layers = LocalExecutor.examine(
            python: Python.environment(interpreter: settings.python, home: home), runtimes: layout.runtimes,
            programs: layout.programs, cache: home.cache)
        Terminal.say(
            Table.text(["", "LAYER", "FOUND"], layers.map { [$0.isOk ? "ok" : "MISSING", $0.name, $0.explanation] }))
        guard layers.allSatisfy(\.isOk) else { throw ExitCode.failure }
    }
}
