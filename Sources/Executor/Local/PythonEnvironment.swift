internal import Foundation

/// A virtual environment and the interpreter behind it.
struct PythonEnvironment: Sendable, Equatable {
    /// The environment's root.
    let root: String
    /// Where the interpreter and its standard library live: `sys.base_prefix`.
    let base: String

    /// Reads it from the environment's `pyvenv.cfg`; the interpreter is two levels up from its real path.
    init(root: String) throws {
        let link = root + "/bin/python3"
        let interpreter = URL(fileURLWithPath: link).resolvingSymlinksInPath().path
        guard FileManager.default.isExecutableFile(atPath: interpreter) else {
            throw SandboxError(.unavailable, layer: "python environment", "\(link) is not an executable file")
        }
        let base = URL(fileURLWithPath: interpreter).deletingLastPathComponent().deletingLastPathComponent().path
        // Both are mounted whole: the host's root must never be among them.
        guard base != "/", URL(fileURLWithPath: root).standardizedFileURL.path != "/" else {
            throw SandboxError(
                .unavailable, layer: "python environment",
                "\(link) is not in a virtual environment or prefix of its own")
        }
        self.root = URL(fileURLWithPath: root).standardizedFileURL.path
        self.base = base
    }

    var interpreter: String { root + "/bin/python3" }
}
