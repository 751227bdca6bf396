internal import CSandbox
internal import Glibc

/// The cgroup of one sandbox: sets its limits and reads what it used.
final class SandboxCgroup: Sendable {
    private let version: CgroupLayout.Version
    private let directories: [CgroupController: String]
    private let unique: [String]
    private let memoryStat: HeldDescriptor

    /// Makes the directories and sets the limits.
    init(_ sandbox: String, in root: CgroupRoot, limits: SandboxLimits) throws {
        version = root.layout.version
        unique = root.directories(of: sandbox)
        var directories: [CgroupController: String] = [:]
        for controller in CgroupController.allCases {
            directories[controller] = root.directory(of: sandbox, controller)
        }
        self.directories = directories
        for path in unique where mkdir(path, 0o755) != 0 {
            throw systemError(.unavailable, layer: "cgroup", "mkdir \(path)")
        }
        do {
            try Self.setLimits(limits, version: version, directories: directories)
            memoryStat = try Self.open(directories, .memory, "memory.stat", O_RDONLY)
        } catch {
            for path in unique { rmdir(path) }
            throw error
        }
    }

    /// The `cgroup.procs` files, for a process that is to join.
    func openProcessFiles() throws -> [HeldDescriptor] {
        try unique.map { path in
            let number = Glibc.open(path + "/cgroup.procs", O_WRONLY | O_CLOEXEC)
            guard number >= 0 else { throw systemError(.unavailable, layer: "cgroup", "open \(path)/cgroup.procs") }
            return HeldDescriptor(number)
        }
    }

    /// Memory of the programs themselves, without files.
    func anonymousBytes() -> UInt64 {
        guard let text = CgroupFiles.read(memoryStat.raw) else { return 0 }
        return CgroupFiles.value(of: version == .v2 ? "anon" : "rss", in: text) ?? 0
    }

    /// Starts the measurement of a run where the kernel allows it (version 1).
    func resetMemoryPeak() {
        guard version == .v1, let directory = directories[.memory] else { return }
        try? CgroupFiles.write("0", to: directory + "/memory.max_usage_in_bytes")
    }

    func memoryPeakBytes() -> UInt64 {
        number(.memory, version == .v2 ? "memory.peak" : "memory.max_usage_in_bytes") ?? 0
    }

    func processorTime() -> Duration {
        switch version {
        case .v1: .nanoseconds(Int64(number(.accounting, "cpuacct.usage") ?? 0))
        case .v2: .microseconds(Int64(keyed(.cpu, "cpu.stat", "usage_usec") ?? 0))
        }
    }

    /// How many processes were killed because memory ran out.
    func memoryKills() -> Int {
        switch version {
        case .v1: Int(keyed(.memory, "memory.oom_control", "oom_kill") ?? 0)
        case .v2: Int(keyed(.memory, "memory.events", "oom_kill") ?? 0)
        }
    }

    /// How often a process or thread could not be started.
    func processLimitHits() -> Int {
        Int(keyed(.pids, "pids.events", "max") ?? 0)
    }

    /// Numbers of all processes, as this process sees them.
    func processes() -> [pid_t] {
        guard let directory = directories[.memory] else { return [] }
        return (CgroupFiles.read(directory + "/cgroup.procs") ?? "").split(separator: "\n").compactMap { pid_t($0) }
    }

    /// Kills the process that holds most memory, unless that is the program itself: what the kernel's own killer does
    /// at the wall, done at the program's share (C19).
    ///
    /// - Returns: false if the program itself is the largest; nothing is killed then.
    func killLargestChild() -> Bool {
        guard let directory = directories[.memory] else { return false }
        let listed = CgroupFiles.read(directory + "/cgroup.procs") ?? ""
        let processes = listed.split(separator: "\n").compactMap { pid_t($0).flatMap(ProcessMemory.init) }
        guard let largest = processes.max(by: { $0.anonymousKiB < $1.anonymousKiB }),
            let initPid = processes.first(where: { $0.innerPid == 1 })?.pid,
            // Init starts the program before anything can be orphaned to it.
            let program = processes.filter({ $0.parent == initPid }).min(by: { $0.innerPid < $1.innerPid }),
            largest.pid != program.pid, largest.innerPid != 1
        else { return false }
        let process = HeldDescriptor(sandbox_pidfd_open(largest.pid))
        // The number may have passed to another process since: then it is not in the group.
        let now = CgroupFiles.read(directory + "/cgroup.procs") ?? ""
        guard now.split(separator: "\n").contains("\(largest.pid)") else { return true }
        return withExtendedLifetime(process) { sandbox_pidfd_kill(process.raw, SIGKILL) == 0 }
    }

    /// Removes the directories, and kills what might still be in them.
    func remove() {
        memoryStat.close()
        for path in unique { CgroupFiles.killAndRemove(path) }
    }

    private func number(_ controller: CgroupController, _ file: String) -> UInt64? {
        guard let directory = directories[controller], let text = CgroupFiles.read(directory + "/" + file) else {
            return nil
        }
        return UInt64(text.prefix { $0.isNumber })
    }

    private func keyed(_ controller: CgroupController, _ file: String, _ key: String) -> UInt64? {
        guard let directory = directories[controller], let text = CgroupFiles.read(directory + "/" + file) else {
            return nil
        }
        return CgroupFiles.value(of: key, in: text)
    }

    private static func open(
        _ directories: [CgroupController: String], _ controller: CgroupController, _ file: String, _ flags: Int32
    ) throws -> HeldDescriptor {
        let path = (directories[controller] ?? "") + "/" + file
        let number = Glibc.open(path, flags | O_CLOEXEC)
        guard number >= 0 else { throw systemError(.unavailable, layer: "cgroup", "open \(path)") }
        return HeldDescriptor(number)
    }

    private static func setLimits(
        _ limits: SandboxLimits, version: CgroupLayout.Version, directories: [CgroupController: String]
    ) throws {
        // Files in memory are charged to the group, so the wall stands behind both allowances; the program's own
        // share is watched from outside (RunWatch).
        let memory = limits.memoryBytes + limits.diskBytes
        let period = 100_000
        let quota = max(1000, Int(limits.processors * Double(period)))
        // One more for init.
        let processes = limits.processes + 1
        func set(_ controller: CgroupController, _ file: String, _ value: String, optional: Bool = false) throws {
            let path = (directories[controller] ?? "") + "/" + file
            do {
                try CgroupFiles.write(value, to: path)
            } catch {
                if optional && error.errno == ENOENT { return }
                throw SandboxError(
                    .unavailable, layer: "cgroup: \(controller.rawValue)", "\(path) = \(value)", errno: error.errno)
            }
        }
        switch version {
        case .v1:
            try set(.memory, "memory.limit_in_bytes", "\(memory)")
            try set(.memory, "memory.memsw.limit_in_bytes", "\(memory)", optional: true)
            try set(.cpu, "cpu.cfs_period_us", "\(period)")
            try set(.cpu, "cpu.cfs_quota_us", "\(quota)")
        case .v2:
            try set(.memory, "memory.max", "\(memory)")
            try set(.memory, "memory.swap.max", "0", optional: true)
            try set(.cpu, "cpu.max", "\(quota) \(period)")
        }
        try set(.pids, "pids.max", "\(processes)")
    }
}
