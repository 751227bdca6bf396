import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `postmaster.pid`: what a running server says about itself, or a dead one has left.
struct PostmasterFile {
    let pid: pid_t
    let socketFolder: String
    /// Whether it accepts connections already.
    let isReady: Bool

    /// The file of the server that runs in `data` now; nil if none does.
    static func running(data: String) -> PostmasterFile? {
        guard let contents = FileManager.default.contents(atPath: data + "/postmaster.pid") else { return nil }
        let lines = String(decoding: contents, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, let pid = pid_t(first), isServer(pid, of: data) else { return nil }
        return PostmasterFile(
            pid: pid,
            socketFolder: lines.count > 4 ? String(lines[4]) : "",
            isReady: lines.count > 7 && lines[7].trimmingCharacters(in: .whitespaces) == "ready")
    }

    /// Removes a file whose process id is now another program's: PostgreSQL would refuse to start beside it.
    ///
    /// One whose process is dead stays, since PostgreSQL checks its shared memory for orphans before it replaces it.
    static func removeIfReused(data: String) {
        let path = data + "/postmaster.pid"
        guard let contents = FileManager.default.contents(atPath: path),
            let first = String(decoding: contents, as: UTF8.self).split(separator: "\n").first,
            let pid = pid_t(first), kill(pid, 0) == 0 || errno == EPERM, !isServer(pid, of: data)
        else { return }
        unlink(path)
    }

    /// A postmaster works in its data folder. (Its children do too, but the file names the postmaster.)
    private static func isServer(_ pid: pid_t, of data: String) -> Bool {
        guard kill(pid, 0) == 0 || errno == EPERM else { return false }
        // Without /proc a living process has to be believed.
        guard FileManager.default.fileExists(atPath: "/proc/self") else { return true }
        // Not readable: a zombie that nobody has reaped yet, or somebody else's process.
        let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
        return folder == URL(fileURLWithPath: data).resolvingSymlinksInPath().path
    }
}
