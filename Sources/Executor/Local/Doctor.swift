internal import CSandbox
internal import Glibc

/// One layer of protection, or one thing that sandboxes need.
struct LayerCheck: Sendable, Equatable {
    let layer: String
    let isOk: Bool
    /// What was found, or what is wrong and what to do about it.
    let explanation: String
}

/// Looks whether this host can protect itself from the programs it is to run.
enum Doctor {
    /// Checks everything. Blocks for some milliseconds and leaves nothing behind.
    static func check(_ configuration: LocalConfiguration) -> [LayerCheck] {
        [user(), namespaces(), seccomp(), openBeneath(), pidfd()] + cgroups() + files(configuration)
    }

    /// Throws with the first layer that is not to be had.
    static func requireAll(_ configuration: LocalConfiguration) throws {
        guard let failed = check(configuration).first(where: { !$0.isOk }) else { return }
        throw SandboxError(.unavailable, layer: failed.layer, failed.explanation)
    }

    private static func user() -> LayerCheck {
        geteuid() == 0
            ? LayerCheck(layer: "user", isOk: true, explanation: "root")
            : LayerCheck(
                layer: "user", isOk: false,
                explanation: "local sandboxes need root to make namespaces; run the server as root or use pods")
    }

    private static func namespaces() -> LayerCheck {
        var layer = [CChar](repeating: 0, count: Int(SANDBOX_LAYER_LENGTH))
        let error = sandbox_namespace_probe(&layer)
        guard error != 0 else {
            return LayerCheck(layer: "namespaces", isOk: true, explanation: "mount, pid, ipc, uts, net, cgroup; tmpfs")
        }
        let name = String(decoding: layer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return LayerCheck(
            layer: name.isEmpty ? "namespaces" : name, isOk: false,
            explanation: "\(errorText(error)); in a container the server needs --privileged")
    }

    private static func seccomp() -> LayerCheck {
        guard sandbox_seccomp_available() == 1 else {
            return LayerCheck(layer: "seccomp", isOk: false, explanation: "the kernel has no seccomp filters")
        }
        guard sandbox_seccomp_probe() == 0 else {
            return LayerCheck(layer: "seccomp", isOk: false, explanation: "no filter: \(errorText(errno))")
        }
        return LayerCheck(layer: "seccomp", isOk: true, explanation: "filters")
    }

    private static func openBeneath() -> LayerCheck {
        let root = HeldDescriptor(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        let inside = withExtendedLifetime(root) { sandbox_open_beneath(root.raw, "..", O_RDONLY, 0) }
        let error = errno
        if inside >= 0 { close(inside) }
        return inside < 0 && error == EXDEV
            ? LayerCheck(layer: "openat2", isOk: true, explanation: "lookups stay beneath a directory")
            : LayerCheck(layer: "openat2", isOk: false, explanation: "needs Linux 5.6 or later")
    }

    private static func pidfd() -> LayerCheck {
        let number = sandbox_pidfd_open(getpid())
        if number >= 0 { close(number) }
        return number >= 0
            ? LayerCheck(layer: "pidfd", isOk: true, explanation: "processes have descriptors")
            : LayerCheck(layer: "pidfd", isOk: false, explanation: "needs Linux 5.3 or later")
    }

    private static func cgroups() -> [LayerCheck] {
        do {
            let root = try CgroupRoot(layout: CgroupRoot.detect())
            defer { root.remove() }
            let group = try SandboxCgroup("doctor", in: root, limits: SandboxLimits())
            group.remove()
            return CgroupController.allCases.map { controller in
                LayerCheck(
                    layer: "cgroup: \(controller.rawValue)", isOk: true,
                    explanation: root.layout.directories[controller] ?? "")
            }
        } catch let error as SandboxError {
            return [LayerCheck(layer: error.layer ?? "cgroup", isOk: false, explanation: error.description)]
        } catch {
            return [LayerCheck(layer: "cgroup", isOk: false, explanation: "\(error)")]
        }
    }

    private static func files(_ configuration: LocalConfiguration) -> [LayerCheck] {
        var result = [
            present(configuration.zygoteProgram, "zygote", X_OK),
            present(configuration.runtimes + "/node/driver.js", "runtimes", R_OK),
        ]
        guard let root = configuration.pythonEnvironment else { return result }
        result.append(present(configuration.sandboxLibrary, "python zygote", R_OK))
        result.append(present(configuration.runtimes + "/python/zygote.py", "runtimes", R_OK))
        do {
            let python = try PythonEnvironment(root: root)
            result.append(LayerCheck(layer: "python environment", isOk: true, explanation: python.interpreter))
        } catch {
            result.append(LayerCheck(layer: "python environment", isOk: false, explanation: "\(error)"))
        }
        return result
    }

    private static func present(_ path: String, _ layer: String, _ mode: Int32) -> LayerCheck {
        access(path, mode) == 0
            ? LayerCheck(layer: layer, isOk: true, explanation: path)
            : LayerCheck(layer: layer, isOk: false, explanation: "\(path): \(errorText(errno))")
    }
}
