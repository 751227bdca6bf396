internal import CSandbox
internal import Glibc

/// Lists the regular files beneath a directory of a dead sandbox.
///
/// Strategy: breadth costs nothing but memory, which the tmpfs's number of inodes bounds; depth is bounded by what a
/// name may have (``OutputName/maximumSegments``), so that at most that many descriptors are open. Nothing is opened
/// but directories, each beneath its parent and never through a link.
struct DirectoryWalk {
    struct Entry: Sendable, Equatable {
        let rawPath: [UInt8]
        let size: UInt64
        /// Its time is not the one that inputs are mounted with.
        let isWritten: Bool
    }

    /// Files whose path is not to be looked at otherwise, and the directories on the way to them.
    private let wanted: Set<[UInt8]>
    private let wantedDirectories: Set<[UInt8]>
    /// No name hides a file or a directory.
    private let isComplete: Bool
    private(set) var files: [Entry] = []
    /// Directories that are too deep to be looked into, and not empty.
    private(set) var tooDeep: [[UInt8]] = []

    /// - Parameter mounted: paths that are listed even if their names would hide them.
    init(mounted: [String], isComplete: Bool = false) {
        self.isComplete = isComplete
        var directories: Set<[UInt8]> = []
        for path in mounted {
            let bytes = Array(path.utf8)
            for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "/") {
                directories.insert(Array(bytes[..<index]))
            }
        }
        wanted = Set(mounted.map { Array($0.utf8) })
        wantedDirectories = directories
    }

    /// Walks the tree. Blocks.
    mutating func walk(_ root: HeldDescriptor) throws {
        let copy = withExtendedLifetime(root) { sandbox_open_beneath(root.raw, ".", O_RDONLY | O_DIRECTORY, 0) }
        guard copy >= 0 else { throw systemError(.unavailable, layer: "files", "/mnt/data") }
        visit(copy, path: [], depth: 1, isHidden: false)
        files.sort { $0.rawPath.lexicographicallyPrecedes($1.rawPath) }
    }

    /// Takes over the descriptor.
    private mutating func visit(_ number: Int32, path: [UInt8], depth: Int, isHidden: Bool) {
        guard let handle = fdopendir(number) else {
            close(number)
            return
        }
        defer { closedir(handle) }
        var directories: [[UInt8]] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name == [UInt8(ascii: ".")] || name == [UInt8(ascii: "."), UInt8(ascii: ".")] { continue }
            var status = stat()
            guard fstatat(number, cString(name), &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            let full = path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                let hides = isHidden || !isComplete && name.first == UInt8(ascii: ".")
                if !hides || wanted.contains(full) {
                    files.append(
                        Entry(
                            rawPath: full, size: UInt64(max(0, status.st_size)),
                            isWritten: MountTime.isOther(status.st_mtim)))
                }
            case S_IFDIR:
                directories.append(name)
            default:
                continue
            }
        }
        for name in directories { descend(number, name, path: path, depth: depth, isHidden: isHidden) }
    }

    private mutating func descend(_ parent: Int32, _ name: [UInt8], path: [UInt8], depth: Int, isHidden: Bool) {
        let full = path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
        let hides =
            isHidden
            || !isComplete
                && (name.first == UInt8(ascii: ".")
                    || OutputName.ignoredDirectories.contains(String(decoding: name, as: UTF8.self)))
        if hides && !wantedDirectories.contains(full) { return }
        let number = sandbox_open_beneath(parent, cString(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
        guard number >= 0 else { return }
        if depth < OutputName.maximumSegments {
            visit(number, path: full, depth: depth + 1, isHidden: hides)
        } else {
            if !isEmpty(number) { tooDeep.append(full) }
            close(number)
        }
    }

    private func isEmpty(_ number: Int32) -> Bool {
        guard let handle = fdopendir(dup(number)) else { return true }
        defer { closedir(handle) }
        var count = 0
        while count <= 2, readdir(handle) != nil { count += 1 }
        return count <= 2
    }
}

/// A path's bytes as C wants them.
func cString(_ bytes: [UInt8]) -> [CChar] {
    bytes.map { CChar(bitPattern: $0) } + [0]
}
