import Events
internal import Glibc

/// What a host has for one language.
struct Toolchain: Sendable, Equatable {
    let version: String
    /// Changes when the compiler is replaced, even by one that calls itself the same.
    let stamp: String
}

extension Toolchain {
    /// Where what the server prepares for compilers is in a sandbox (see ``ToolchainCache``).
    static let prepared = "/opt/runledger/toolchains"

    /// Finds the toolchains of this host. Blocks for as long as the slowest takes to say its version.
    static func probeAll(python: PythonEnvironment?, runtimes: String) -> [Language: Toolchain] {
        let probes = Language.all.compactMap { language in
            command(for: language, python: python).map { (language, ToolchainProbe(programs: $0.programs, $0.run)) }
        }
        // All have been started by now, and answer one beside the other.
        var found: [Language: Toolchain] = [:]
        for (language, probe) in probes {
            guard let version = probe?.version() else { continue }
            found[language] = Toolchain(version: version, stamp: stamp(of: language, probe?.programs ?? [], runtimes))
        }
        return found
    }

    /// The programs that must be there, the one whose version counts first, and how to ask for it.
    private static func command(
        for language: Language, python: PythonEnvironment?
    ) -> (programs: [String], run: [String])? {
        func tool(_ name: String, _ argument: String, with others: [String] = []) -> (programs: [String], run: [String]) {
            (["/usr/bin/\(name)"] + others, ["/usr/bin/\(name)", argument])
        }
        let buffering = ["/usr/bin/stdbuf"]
        switch language {
        case .python: return python.map { ([$0.interpreter], [$0.interpreter, "--version"]) }
        case .javaScript: return tool("node", "--version")
        case .typeScript: return tool("esbuild", "--version", with: ["/usr/bin/node"])
        case .bash: return (["/bin/bash"], ["/bin/bash", "--version"])
        case .c: return tool("gcc", "-dumpfullversion", with: buffering)
        case .cPlusPlus: return tool("g++", "-dumpfullversion", with: buffering)
        case .fortran: return tool("gfortran", "-dumpfullversion", with: buffering)
        case .go: return tool("go", "version", with: buffering)
        case .rust: return tool("rustc", "--version", with: buffering + ["/usr/bin/cc"])
        case .d: return tool("ldc2", "--version", with: buffering + ["/usr/bin/cc"])
        case .java: return (["/usr/bin/javac", "/usr/bin/java"], ["/usr/bin/java", "-version"])
        case .php: return tool("php", "--version")
        case .r: return tool("Rscript", "--version", with: buffering)
        default: return nil
        }
    }

    private static func stamp(of language: Language, _ programs: [String], _ runtimes: String) -> String {
        let scripts = (try? scripts(in: runtimes + "/" + (language.runtime ?? ""))) ?? []
        return (programs + scripts).map { path in
            var status = stat()
            guard let real = realpath(path, nil) else { return path }
            defer { free(real) }
            guard stat(real, &status) == 0 else { return path }
            return "\(String(cString: real)) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
        }.joined(separator: "\n")
    }

    private static func scripts(in directory: String) throws -> [String] {
        access(directory + "/compile.sh", R_OK) == 0 ? [directory + "/compile.sh"] : []
    }

    /// The command that starts a waiting node process.
    static func nodeDriver(memoryBytes: UInt64) -> [String] {
        // The collector works harder near its limit; without one the program would be killed for garbage. The rest is
        // for what node needs besides the heap.
        [
            "/usr/bin/node", "--max-old-space-size=\((memoryBytes >> 20) / 4 * 3)",
            SandboxEnvironment.runtimes + "/node/driver.js",
        ]
    }

    /// Jars of the system that Java programs may import from.
    static let javaLibraries: [String] = ["gson", "commons-lang3", "commons-csv", "commons-math3"]
        .map { "/usr/share/java/\($0).jar" }.filter { access($0, R_OK) == 0 }
}

extension Language {
    /// Its folder in `Runtimes`, if it has one with a script that compiles.
    var runtime: String? {
        switch self {
        case .go: "go"
        case .rust: "rust"
        case .d: "d"
        case .fortran: "fortran"
        default: nil
        }
    }
}
