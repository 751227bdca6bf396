import Events
internal import Glibc

/// Finds out what this host can run.
enum Toolchain {
    /// All languages of the table with their versions. Blocks for as long as the toolchains take to say them.
    static func probeAll(python: PythonEnvironment?) -> [LanguageAvailability] {
        Language.all.map { LanguageAvailability(language: $0, version: version(of: $0, python: python)) }
    }

    /// The command that starts a waiting node process.
    static func nodeDriver(memoryBytes: UInt64) -> [String] {
        // The collector works harder near its limit; without one it would be killed for garbage.
        [
            "/usr/bin/node", "--max-old-space-size=\(memoryBytes >> 20)",
            SandboxEnvironment.runtimes + "/node/driver.js",
        ]
    }

    private static func version(of language: Language, python: PythonEnvironment?) -> String? {
        switch language {
        case .python:
            guard let python else { return nil }
            return output([python.interpreter, "-c", "import platform; print(platform.python_version())"])
        case .javaScript:
            return output(["/usr/bin/node", "-p", "process.versions.node"])
        case .bash:
            return output(["/bin/bash", "-c", "echo ${BASH_VERSION%%(*}"])
        case .c:
            guard access("/usr/bin/stdbuf", X_OK) == 0 else { return nil }
            return output(["/usr/bin/gcc", "-dumpfullversion"])
        default:
            return nil
        }
    }

    /// The first line that a command prints, or nil if it fails.
    private static func output(_ arguments: [String]) -> String? {
        guard let path = arguments.first, access(path, X_OK) == 0, let pipe = try? HeldDescriptor.pipe() else {
            return nil
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipe.writing.raw, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var pid = pid_t()
        let error = withCStrings(arguments) { arguments in
            withCStrings(["PATH=/usr/bin:/bin", "HOME=/tmp"]) { environment in
                posix_spawn(&pid, path, &actions, nil, arguments, environment)
            }
        }
        guard error == 0 else { return nil }
        pipe.writing.close()
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while pipe.reading.isReadable(within: 10_000) {
            let count = read(pipe.reading.raw, &buffer, buffer.count)
            if count <= 0 { break }
            text += buffer[..<count]
        }
        kill(pid, SIGKILL)
        while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
        let line = String(decoding: text.prefix { $0 != 10 }, as: UTF8.self)
        return line.isEmpty ? nil : line
    }
}
