internal import Glibc

/// Reading and writing the small files of a cgroup directory.
enum CgroupFiles {
    static func write(_ text: String, to path: String) throws(SystemFailure) {
        let number = open(path, O_WRONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemFailure(path) }
        defer { close(number) }
        let bytes = Array(text.utf8)
        guard Glibc.write(number, bytes, bytes.count) == bytes.count else { throw SystemFailure(path) }
    }

    static func read(_ path: String) -> String? {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        defer { close(number) }
        return read(number)
    }

    /// Reads from the beginning of an open file.
    static func read(_ number: Int32) -> String? {
        var result: [UInt8] = []
        while true {
            let piece = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
                count = max(0, pread(number, buffer.baseAddress, 4096, off_t(result.count)))
            }
            if piece.isEmpty { return result.isEmpty ? nil : String(decoding: result, as: UTF8.self) }
            result += piece
        }
    }

    /// The value behind `key` in a file of lines `key value`.
    static func value(of key: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") where line.hasPrefix(key) {
            let rest = line.dropFirst(key.count)
            if rest.first == " " { return UInt64(rest.dropFirst()) }
        }
        return nil
    }

    /// Names of the directories inside a directory.
    static func directories(in path: String) -> [String] {
        guard let handle = opendir(path) else { return [] }
        defer { closedir(handle) }
        var result: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if entry.pointee.d_type == DT_DIR && name != "." && name != ".." { result.append(name) }
        }
        return result
    }

    /// Kills every process of a cgroup, its children's included, and removes it.
    static func killAndRemove(_ path: String) {
        for child in directories(in: path) { killAndRemove(path + "/" + child) }
        for _ in 0..<200 {
            if rmdir(path) == 0 || errno == ENOENT { return }
            guard errno == EBUSY else { return }
            if access(path + "/cgroup.kill", W_OK) == 0 {
                try? write("1", to: path + "/cgroup.kill")
            } else {
                for line in (read(path + "/cgroup.procs") ?? "").split(separator: "\n") {
                    if let pid = pid_t(line), pid > 1 { kill(pid, SIGKILL) }
                }
            }
            usleep(5000)
        }
    }
}

/// A system call on a path that failed.
struct SystemFailure: Error {
    let path: String
    let errno: Int32

    init(_ path: String) {
        self.path = path
        self.errno = Glibc.errno
    }
}
