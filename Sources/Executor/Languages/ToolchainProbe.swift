internal import Glibc

/// A tool that has been asked for its version and has perhaps not answered yet.
final class ToolchainProbe {
    let programs: [String]
    private let pid: pid_t
    private let pipe: HeldDescriptor

    /// Longest a tool may take; a Java machine on a busy host takes a second.
    private static let patience: Int32 = 10_000

    /// Starts the command, or returns nil if one of the programs is not there.
    ///
    /// - Parameter programs: absolute paths of what must be executable.
    init?(programs: [String], _ arguments: [String]) {
        guard let path = arguments.first, programs.allSatisfy({ access($0, X_OK) == 0 }),
            let pipe = try? HeldDescriptor.pipe()
        else { return nil }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        // Java says its version on standard error.
        posix_spawn_file_actions_adddup2(&actions, pipe.writing.raw, 1)
        posix_spawn_file_actions_adddup2(&actions, pipe.writing.raw, 2)
        var pid = pid_t()
        let error = withCStrings(arguments) { arguments in
            withCStrings(["PATH=/usr/bin:/bin", "HOME=/tmp", "LC_ALL=C.UTF-8"]) { environment in
                posix_spawn(&pid, path, &actions, nil, arguments, environment)
            }
        }
        guard error == 0 else { return nil }
        self.programs = programs
        self.pid = pid
        self.pipe = pipe.reading
    }

    /// The first version number in the answer, or nil if the tool fails to give one. To be called once. Blocks.
    func version() -> String? {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while text.count < 65536, pipe.isReadable(within: Self.patience) {
            let count = read(pipe.raw, &buffer, buffer.count)
            if count <= 0 { break }
            text += buffer[..<count]
        }
        kill(pid, SIGKILL)
        while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
        return Self.version(in: String(decoding: text, as: UTF8.self))
    }

    /// The first run of digits with a dot in it: `go version go1.19.8 linux/amd64` is 1.19.8.
    static func version(in text: String) -> String? {
        text.split { !($0.isASCII && $0.isNumber) && $0 != "." }
            .map { $0.split(separator: ".").joined(separator: ".") }
            .first { $0.contains(".") }
    }
}
