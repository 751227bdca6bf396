internal import Glibc

/// What `/proc` says of one process of a sandbox.
struct ProcessMemory: Sendable, Equatable {
    let pid: pid_t
    let parent: pid_t
    /// Its number inside the sandbox.
    let innerPid: pid_t
    let anonymousKiB: UInt64

    /// nil when the process is gone.
    init?(pid: pid_t) {
        guard let text = CgroupFiles.read("/proc/\(pid)/status") else { return nil }
        self.init(pid: pid, status: text)
    }

    /// - Parameter status: the text of `/proc/<pid>/status`.
    init?(pid: pid_t, status: String) {
        var fields: [Substring: [Substring]] = [:]
        for line in status.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = parts[1].split { $0 == " " || $0 == "\t" } }
        }
        guard let parent = fields["PPid"]?.first.flatMap({ pid_t($0) }),
            let inner = fields["NSpid"]?.last.flatMap({ pid_t($0) })
        else { return nil }
        self.pid = pid
        self.parent = parent
        innerPid = inner
        // A process that is about to be gone has no memory any more.
        anonymousKiB = fields["RssAnon"]?.first.flatMap { UInt64($0) } ?? 0
    }
}
