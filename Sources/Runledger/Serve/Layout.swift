import Foundation

/// Where the program's own files are: beside the executable when installed, above it in a checkout.
struct Layout: Sendable {
    /// Numbered schema steps and `functions/`.
    let migrations: String
    /// What lives inside sandboxes.
    let runtimes: String
    /// The folder of this executable, of `runledger-zygote` and of the sandbox library.
    let programs: String

    struct NotFound: Error, CustomStringConvertible {
        let executable: String
        var description: String { "no folder at or above \(executable) holds Migrations and Runtimes" }
    }

    /// Looks upwards from the running executable.
    static func find() throws -> Layout {
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let programs = (executable as NSString).deletingLastPathComponent
        var folder = programs
        while true {
            let migrations = (folder as NSString).appendingPathComponent("Migrations")
            let runtimes = (folder as NSString).appendingPathComponent("Runtimes")
            if FileManager.default.fileExists(atPath: migrations), FileManager.default.fileExists(atPath: runtimes) {
                return Layout(migrations: migrations, runtimes: runtimes, programs: programs)
            }
            guard folder != "/" else { throw NotFound(executable: programs) }
            folder = (folder as NSString).deletingLastPathComponent
        }
    }
}
