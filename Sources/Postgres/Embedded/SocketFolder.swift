import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The folder of the server's unix socket.
///
/// Only its owner and root may enter it: that is the whole access control of the cluster. It is `run` in the home,
/// unless the path would be too long for a socket: then a short one under /run or /tmp, recorded in the home.
enum SocketFolder {
    /// `sun_path` holds 108 bytes with the closing NUL, less on other systems.
    private static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
    private static let socketName = "/.s.PGSQL.5432"
    private static let recordName = "/socket-folder"

    static func prepare(home: String, account: ServerAccount) throws -> String {
        let near = home + "/run"
        if (near + socketName).utf8.count <= longestPath {
            try create(near, account)
            return near
        }
        let record = home + recordName
        if let data = FileManager.default.contents(atPath: record), let known = String(data: data, encoding: .utf8),
            isPrivate(known)
        {
            return known
        }
        let far = try createShort(account)
        guard FileManager.default.createFile(atPath: record, contents: Data(far.utf8)) else {
            throw PostgresError(.embeddedCluster, "\(record) cannot be written")
        }
        return far
    }

    private static func create(_ path: String, _ account: ServerAccount) throws {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw PostgresError(.embeddedCluster, "\(path) cannot be created: \(String(cString: strerror(errno)))")
        }
        try account.own(path)
    }

    private static func createShort(_ account: ServerAccount) throws -> String {
        let parent = access("/run", W_OK) == 0 ? "/run" : "/tmp"
        // mkdtemp makes it 0700 and refuses what exists, so nobody can have put a link there.
        var template = Array("\(parent)/runledger-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw PostgresError(.embeddedCluster, "No folder for the socket can be created in \(parent)")
        }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try account.own(path)
        return path
    }

    /// A recorded folder under /tmp may be gone, or be somebody else's by now.
    private static func isPrivate(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
        let isOurs =
            status.st_uid == geteuid() || (geteuid() == 0 && status.st_uid == getpwnam("postgres")?.pointee.pw_uid)
        return isOurs && status.st_mode & 0o077 == 0
    }
}
