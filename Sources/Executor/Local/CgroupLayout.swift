/// What Runledger needs cgroups for.
enum CgroupController: String, Sendable, CaseIterable {
    case memory
    case cpu
    case pids
    /// Processor time used. A hierarchy of its own in version 1, part of `cpu` in version 2.
    case accounting = "cpuacct"
}

/// Which cgroup directories this process belongs to: one for version 2, up to four for version 1.
struct CgroupLayout: Sendable, Equatable {
    enum Version: Sendable {
        case v1
        case v2
    }

    let version: Version
    let directories: [CgroupController: String]

    /// Each directory once; controllers may share one.
    var uniqueDirectories: [String] {
        Set(directories.values).sorted()
    }

    /// Finds the directories.
    ///
    /// - Parameters:
    ///   - membership: text of `/proc/self/cgroup`.
    ///   - mounts: text of `/proc/self/mountinfo`.
    init(membership: String, mounts: String) throws {
        let mounts = mounts.split(separator: "\n").compactMap(CgroupMount.init)
        var paths: [String: String] = [:]
        for line in membership.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            for controller in fields[1].split(separator: ",", omittingEmptySubsequences: false) {
                paths[String(controller)] = String(fields[2])
            }
        }
        if paths["memory"] != nil {
            version = .v1
            var found: [CgroupController: String] = [:]
            for controller in CgroupController.allCases {
                guard let path = paths[controller.rawValue],
                    let mount = mounts.first(where: { $0.controllers.contains(controller.rawValue) })
                else {
                    throw SandboxError(
                        .unavailable, layer: "cgroup: \(controller.rawValue)", "the controller is not mounted")
                }
                found[controller] = mount.directory(of: path)
            }
            directories = found
        } else {
            version = .v2
            guard let path = paths[""], let mount = mounts.first(where: { $0.isVersion2 }) else {
                throw SandboxError(.unavailable, layer: "cgroup", "no cgroup file system is mounted")
            }
            let own = mount.directory(of: path)
            directories = Dictionary(uniqueKeysWithValues: CgroupController.allCases.map { ($0, own) })
        }
    }
}

/// A line of `/proc/self/mountinfo` that mounts a cgroup hierarchy.
private struct CgroupMount {
    let root: String
    let point: String
    let isVersion2: Bool
    let controllers: Set<String>

    init?(_ line: Substring) {
        // 36 35 98:0 ROOT POINT OPTIONS [TAGS...] - TYPE SOURCE SUPER_OPTIONS
        let fields = line.split(separator: " ")
        guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3, dash > 5 else { return nil }
        let type = fields[dash + 1]
        guard type == "cgroup" || type == "cgroup2" else { return nil }
        root = String(fields[3])
        point = String(fields[4])
        isVersion2 = type == "cgroup2"
        controllers = isVersion2 ? [] : Set(fields[dash + 3].split(separator: ",").map(String.init))
    }

    /// The directory of a cgroup path. In a container the mount shows a subtree, whose root the path repeats.
    func directory(of path: String) -> String {
        var relative = path
        if root != "/" && (path == root || path.hasPrefix(root + "/")) { relative = String(path.dropFirst(root.count)) }
        if relative.hasPrefix("/..") || relative == "/" { relative = "" }
        return point + relative
    }
}
