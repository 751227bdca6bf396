import FoundationEssentials
import Glibc

/// Names an executor so that another process on the same machine can tell whether it still lives.
struct ExecutorIdentity: Sendable, Equatable {
    /// `host/boot/pid/start`: the start time tells a process from a later one with the same number.
    let name: String

    /// This process.
    static func current() -> ExecutorIdentity {
        ExecutorIdentity(name: prefix + "\(getpid())/\(startTime(of: getpid()) ?? "-")")
    }

    /// Whether the name is of a process of this machine (since its last boot) that is gone.
    static func isDead(_ name: String) -> Bool {
        let ownMachine = name.hasPrefix(machine + "/")
        guard ownMachine else { return false }
        guard name.hasPrefix(prefix) else { return true }
        let parts = name.dropFirst(prefix.count).split(separator: "/")
        guard parts.count == 2, let pid = pid_t(parts[0]) else { return false }
        return startTime(of: pid) != String(parts[1])
    }

    private static let machine = read("/proc/sys/kernel/hostname")

    private static let prefix = "\(machine)/\(read("/proc/sys/kernel/random/boot_id"))/"

    private static func read(_ path: String) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "-" }
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init) ?? "-"
    }

    /// Field 22 of /proc/pid/stat, in clock ticks since boot; the command in field 2 may hold spaces.
    private static func startTime(of pid: pid_t) -> String? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // A zombie has not released its number, but it runs nothing any more.
        guard fields.count > 19, fields[0] != "Z" else { return nil }
        return String(fields[19])
    }
}
