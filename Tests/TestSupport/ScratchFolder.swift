import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Folders under /tmp that are gone after the test process, servers in them included.
///
/// What a killed process has left is removed by the next one: the name tells whose it was.
public enum ScratchFolder {
    private static let prefix = "runledger-test-"
    private static let folders = Mutex<[String]>([])

    /// A new empty folder, mode 0700.
    public static func make() throws -> String {
        try make(forServer: false)
    }

    static func make(forServer: Bool) throws -> String {
        _ = registration
        var template = Array("/tmp/\(prefix)\(getpid())-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ScratchError(reason: String(cString: strerror(errno))) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The server's own account must reach it; the cluster inside protects itself.
        if forServer { chmod(path, 0o755) }
        folders.withLock { $0.append(path) }
        return path
    }

    private static let registration: Void = {
        for path in abandoned() { remove(path) }
        atexit {
            for path in ScratchFolder.folders.withLock({ $0 }) { ScratchFolder.remove(path) }
        }
    }()

    private static func abandoned() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? []
        return names.filter { name in
            guard name.hasPrefix(prefix),
                let pid = name.dropFirst(prefix.count).split(separator: "-").first.flatMap({ pid_t($0) })
            else { return false }
            return kill(pid, 0) != 0 && errno == ESRCH
        }.map { "/tmp/\($0)" }
    }

    private static func remove(_ path: String) {
        killServers(below: path)
        try? FileManager.default.removeItem(atPath: path)
    }

    /// SIGQUIT is PostgreSQL's immediate shutdown: nothing here is worth a clean one.
    private static func killServers(below path: String) {
        guard let files = FileManager.default.enumerator(atPath: path) else { return }
        for case let file as String in files where file.hasSuffix("postmaster.pid") {
            guard let text = try? String(contentsOfFile: "\(path)/\(file)", encoding: .utf8),
                let pid = text.split(separator: "\n").first.flatMap({ pid_t($0) }),
                let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd"),
                folder.hasPrefix(path)
            else { continue }
            kill(pid, SIGQUIT)
            // At most 5 s; this runs while the process ends, where nothing can be awaited.
            for _ in 0..<500 where kill(pid, 0) == 0 { usleep(10_000) }
        }
    }
}

/// A scratch folder could not be made.
struct ScratchError: Error {
    var reason: String
}
