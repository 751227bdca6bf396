import ArgumentParser
import Foundation

extension Settings {
    /// The settings of this process's environment.
    ///
    /// - Throws: `ExitCode.failure`, after one complaint per broken rule.
    static func ofProcess() throws -> Settings {
        do {
            return try Settings(ProcessInfo.processInfo.environment)
        } catch {
            for line in error.lines { Terminal.complain(line) }
            throw ExitCode.failure
        }
    }
}
