import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs a program to its end. Blocks its thread.
///
/// posix_spawn, because a fork of a process with threads may only call what is async-signal-safe, and Swift is not.
enum Subprocess {
    struct Outcome {
        /// The exit status; nil if a signal ended it or it could not be started.
        var status: Int32?
        /// Standard output and standard error together.
        var output: String
    }

    static func run(_ arguments: [String]) -> Outcome {
        // A file, not a pipe: a server started by the program may keep it open for ever.
        var template = Array("/tmp/runledger-output-XXXXXX".utf8CString)
        let output = mkstemp(&template)
        guard output >= 0 else { return Outcome(status: nil, output: "A temporary file cannot be created") }
        unlink(template)
        _ = fcntl(output, F_SETFD, FD_CLOEXEC)
        defer { close(output) }

        var pid: pid_t = 0
        let failure = spawn(&pid, arguments, output: output)
        guard failure == 0 else {
            return Outcome(status: nil, output: "\(arguments[0]): \(String(cString: strerror(failure)))")
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return Outcome(status: nil, output: read(output)) }
        }
        let hasExited = status & 0x7f == 0
        return Outcome(status: hasExited ? (status >> 8) & 0xff : nil, output: read(output))
    }

    private static func spawn(_ pid: inout pid_t, _ arguments: [String], output: Int32) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)

        // The server outlives us: it must not keep our sockets and files open. Descriptors of other threads may
        // be gone by the time of the spawn; closing those again is no error.
        for descriptor in openDescriptors() where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        // A server process must not inherit what this program blocks or ignores.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        // The programs complain about a working folder that their account may not enter, and posix_spawn's own
        // chdir is no part of POSIX yet.
        let shell = ["/bin/sh", "-c", "cd / && exec \"$@\"", "sh"]
        var argv = (shell + arguments).map { strdup($0) } + [nil]
        var environment = Self.environment.map { strdup($0) } + [nil]
        defer { for string in argv + environment { free(string) } }
        return posix_spawn(&pid, shell[0], &actions, &attributes, &argv, &environment)
    }

    /// Nothing of ours reaches the server: neither secrets nor PG* variables.
    private static var environment: [String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return ["PATH=\(path)", "LC_ALL=C", "TZ=UTC"]
    }

    private static func openDescriptors() -> [Int32] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd")
        return (names ?? []).compactMap { Int32($0) }
    }

    private static func read(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
