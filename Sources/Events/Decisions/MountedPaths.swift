/// The paths that are taken below `/mnt/data`: no path twice, and none both file and directory.
struct MountedPaths {
    enum Verdict {
        case free
        /// Another file has exactly this path.
        case taken
        /// It needs a directory where a file stands, or stands where a directory is needed.
        case blocked
    }

    private var files: Set<String> = []
    private var directories: Set<String> = []

    /// Takes a path if nothing is in its way.
    mutating func add(_ path: String) -> Verdict {
        if files.contains(path) { return .taken }
        let parents = Self.parents(of: path)
        if directories.contains(path) || parents.contains(where: files.contains) { return .blocked }
        files.insert(path)
        directories.formUnion(parents)
        return .free
    }

    private static func parents(of path: String) -> [String] {
        path.utf8.indices.filter { path.utf8[$0] == UInt8(ascii: "/") }.map { String(path[..<$0]) }
    }
}
