internal import Glibc

/// The cgroup directory that holds all sandboxes of this server, in each hierarchy.
///
/// Strategy: the directory's name is random and the server holds a lock (flock) on it as long as it lives. Whoever
/// can get the lock of another such directory knows that its server is dead, whatever process ids or containers
/// were involved, and sweeps it.
final class CgroupRoot: Sendable {
    static let prefix = "runledger-sandboxes-"
    /// Version 2 allows no processes beside child groups, so the server moves into a leaf of its own.
    static let serverLeaf = "runledger-server"

    let layout: CgroupLayout
    private let name: String
    private let locks: [HeldDescriptor]

    /// Sweeps what dead servers left and makes the directories.
    init(layout: CgroupLayout) throws {
        var layout = layout
        if layout.version == .v2 { layout = try Self.delegate(layout) }
        self.layout = layout
        let name = Self.prefix + String(UInt64.random(in: .min ... .max), radix: 36)
        self.name = name
        var locks: [HeldDescriptor] = []
        for directory in layout.uniqueDirectories {
            try Self.sweep(directory) { locks.append(try Self.make(directory + "/" + name)) }
        }
        self.locks = locks
        if layout.version == .v2, let own = layout.uniqueDirectories.first {
            try Self.enableControllers(in: own + "/" + name)
        }
    }

    static func detect() throws -> CgroupLayout {
        guard let membership = CgroupFiles.read("/proc/self/cgroup"),
            let mounts = CgroupFiles.read("/proc/self/mountinfo")
        else { throw SandboxError(.unavailable, layer: "cgroup", "/proc/self/cgroup cannot be read") }
        return try CgroupLayout(membership: membership, mounts: mounts)
    }

    /// The directory of a sandbox in the hierarchy of a controller.
    func directory(of sandbox: String, _ controller: CgroupController) -> String? {
        layout.directories[controller].map { "\($0)/\(name)/\(sandbox)" }
    }

    /// The directories of a sandbox, each once.
    func directories(of sandbox: String) -> [String] {
        layout.uniqueDirectories.map { "\($0)/\(name)/\(sandbox)" }
    }

    /// Kills what is left and removes everything, and what servers left that died meanwhile.
    func remove() {
        for directory in layout.uniqueDirectories { CgroupFiles.killAndRemove(directory + "/" + name) }
        for lock in locks { lock.close() }
        for directory in layout.uniqueDirectories {
            try? Self.sweep(directory)
        }
    }

    private static func make(_ path: String) throws -> HeldDescriptor {
        guard mkdir(path, 0o755) == 0 else { throw systemError(.unavailable, layer: "cgroup", "mkdir \(path)") }
        return try lock(path, LOCK_EX | LOCK_NB)
    }

    private static func lock(_ path: String, _ operation: Int32) throws -> HeldDescriptor {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw systemError(.unavailable, layer: "cgroup", "open \(path)") }
        let lock = HeldDescriptor(number)
        guard flock(number, operation) == 0 else {
            throw systemError(.unavailable, layer: "cgroup", "lock \(path)")
        }
        return lock
    }

    /// Removes what dead servers left. One server at a time: a sweep would take a directory that is made but not locked
    /// yet for dead, so one's own is made by `next`, within the turn.
    private static func sweep(_ directory: String, then next: () throws -> Void = {}) throws {
        let turn = try lock(directory, LOCK_EX)
        defer { turn.close() }
        for name in CgroupFiles.directories(in: directory) where name.hasPrefix(prefix) {
            let path = directory + "/" + name
            let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard number >= 0 else { continue }
            let lock = HeldDescriptor(number)
            if flock(number, LOCK_EX | LOCK_NB) == 0 { CgroupFiles.killAndRemove(path) }
            lock.close()
        }
        try next()
    }

    /// Makes the controllers available below this process's own directory (version 2).
    private static func delegate(_ layout: CgroupLayout) throws -> CgroupLayout {
        guard var own = layout.uniqueDirectories.first else { return layout }
        if own.hasSuffix("/" + serverLeaf) { own = String(own.dropLast(serverLeaf.count + 1)) }
        do {
            try enableControllers(in: own)
        } catch let error as SandboxError where error.errno == EBUSY {
            try moveProcesses(from: own, to: own + "/" + serverLeaf)
            try enableControllers(in: own)
        }
        return CgroupLayout(version2: own)
    }

    private static func enableControllers(in directory: String) throws {
        for controller in [CgroupController.memory, .cpu, .pids] {
            let file = directory + "/cgroup.subtree_control"
            let enabled = (CgroupFiles.read(file) ?? "").split(whereSeparator: \.isWhitespace)
            if enabled.contains(Substring(controller.rawValue)) { continue }
            do {
                try CgroupFiles.write("+" + controller.rawValue, to: file)
            } catch {
                throw SandboxError(
                    .unavailable, layer: "cgroup: \(controller.rawValue)",
                    "the controller cannot be enabled in \(file); with systemd set Delegate=yes", errno: error.errno)
            }
        }
    }

    private static func moveProcesses(from directory: String, to leaf: String) throws {
        if mkdir(leaf, 0o755) != 0 && errno != EEXIST {
            throw systemError(.unavailable, layer: "cgroup", "mkdir \(leaf)")
        }
        for line in (CgroupFiles.read(directory + "/cgroup.procs") ?? "").split(separator: "\n") {
            // A process that ended meanwhile needs no move; one that stays shows in the next step's error.
            try? CgroupFiles.write(String(line), to: leaf + "/cgroup.procs")
        }
    }
}

extension CgroupLayout {
    /// A version 2 layout with everything in one directory.
    init(version2 directory: String) {
        version = .v2
        directories = Dictionary(uniqueKeysWithValues: CgroupController.allCases.map { ($0, directory) })
    }
}
