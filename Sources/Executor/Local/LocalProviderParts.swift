internal import CSandbox
internal import Glibc

extension PoolKind {
    /// Which process makes sandboxes of this kind.
    var zygote: ZygoteProcess.Kind {
        self == .python ? .python : .plain
    }
}

extension LocalSandboxParts {
    /// Makes a sandbox ready to be taken. Blocks.
    static func make(
        id: String, kind: PoolKind, user: UInt32, zygote: ZygoteProcess, limits: SandboxLimits, cgroups: CgroupRoot,
        environment: SandboxEnvironment
    ) throws -> LocalSandboxParts {
        let cgroup = try SandboxCgroup(id, in: cgroups, limits: limits)
        do {
            let handles = try SandboxHandles.make(by: zygote, user: user, limits: limits, cgroup: cgroup)
            let parts = LocalSandboxParts(id: id, kind: kind, handles: handles, user: user, cgroup: cgroup)
            if kind == .javaScript {
                try handles.start(
                    Toolchain.nodeDriver(memoryBytes: limits.memoryBytes), environment: environment.variables,
                    flags: UInt32(SANDBOX_KEEP_JOB))
            }
            return parts
        } catch {
            cgroup.remove()
            throw error
        }
    }
}

/// Hands out user ids, each to one living sandbox.
struct SandboxUsers: Sendable {
    private let first: UInt32
    private let count: UInt32
    private var next: UInt64 = 0
    private var used: Set<UInt32> = []

    init(first: UInt32, count: UInt32) {
        self.first = first
        self.count = count
    }

    /// A number that no living sandbox has, and a serial number that none ever had.
    mutating func take() -> (number: UInt32, serial: UInt64) {
        while true {
            let number = first + UInt32(next % UInt64(count))
            next += 1
            if used.insert(number).inserted { return (number, next) }
        }
    }

    mutating func give(back number: UInt32) {
        used.remove(number)
    }
}

/// How long to wait before a zygote that would not start is tried again.
struct ZygoteBackoff: Sendable {
    private var attempts = 0

    mutating func next() -> Duration {
        defer { attempts += 1 }
        return .milliseconds(min(100 << min(attempts, 10), 30_000))
    }
}

/// Makes a directory and its parents.
func makeDirectories(_ path: String) throws {
    var made = ""
    for segment in path.split(separator: "/") {
        made += "/" + segment
        if mkdir(made, 0o755) != 0 && errno != EEXIST && errno != EROFS {
            throw systemError(.unavailable, layer: "cache directory", "mkdir \(made)")
        }
    }
}
