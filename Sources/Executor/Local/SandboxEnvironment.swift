internal import CSandbox
internal import Glibc

/// What a sandbox looks like from inside: its variables and what is mounted read-only. Nothing of the server's own
/// environment gets in.
struct SandboxEnvironment: Sendable {
    /// Where `Runtimes` is in a sandbox.
    static let runtimes = "/opt/runledger/runtimes"
    /// What a sandbox's home directory links to (see `make_home`).
    static let homeSkeleton = "/opt/runledger/home"

    let variables: [String]
    /// Pairs of a host path and a sandbox path.
    let mounts: [(source: String, target: String)]

    init(python: PythonEnvironment?, configuration: LocalConfiguration) {
        var path = "/usr/local/bin:/usr/bin:/bin"
        var mounts = [
            (configuration.runtimes, Self.runtimes), (configuration.cache + "/home", Self.homeSkeleton),
            (configuration.cache + "/toolchains", Toolchain.prepared), (configuration.zygoteProgram, SANDBOX_INIT_PATH),
        ]
        mounts += Self.toolchainSettings().map { ($0, $0) }
        if let library = Self.swiftRuntime() { mounts.append((library, library)) }
        if let python {
            path = "\(python.root)/bin:\(path)"
            mounts.append((python.root, python.root))
            // A system interpreter is in /usr already.
            if python.base != "/usr" && !python.root.hasPrefix(python.base + "/") {
                mounts.append((python.base, python.base))
            }
        }
        self.mounts = mounts
        variables = [
            "HOME=/tmp", "TMPDIR=/tmp", "USER=sandbox", "LOGNAME=sandbox", "SHELL=/bin/bash", "PATH=\(path)",
            "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "LANGUAGE=en", "TERM=dumb", "TZ=UTC",
            "MPLBACKEND=Agg", "MPLCONFIGDIR=/tmp/.matplotlib",
            "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1", "PYTHONIOENCODING=utf-8", "PYTHONNOUSERSITE=1",
            // One thread: the processor limit is about one, and a template process must not have more.
            "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1", "NUMEXPR_NUM_THREADS=1",
        ]
    }

    /// The mounts as a zygote reads them.
    var encodedMounts: [UInt8] {
        mounts.flatMap { Array($0.source.utf8) + [0] + Array($0.target.utf8) + [0] }
    }

    /// What toolchains keep in `/etc` and do not work without.
    private static func toolchainSettings() -> [String] {
        ["/etc/java-*-openjdk", "/etc/php", "/etc/R", "/etc/ldc2.conf"].flatMap { pattern in
            var found = glob_t()
            defer { globfree(&found) }
            guard glob(pattern, 0, nil, &found) == 0 else { return [String]() }
            return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
        }
    }

    /// The Swift runtime's library if this build loads one: the zygote's executable, which is a sandbox's init as
    /// well, was linked in the same way.
    private static func swiftRuntime() -> String? {
        for line in (CgroupFiles.read("/proc/self/maps") ?? "").split(separator: "\n") {
            if line.hasSuffix("/libswiftCore.so"), let start = line.firstIndex(of: "/") {
                return String(line[start...])
            }
        }
        return nil
    }
}
