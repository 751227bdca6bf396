internal import Foundation

/// The classes of the Java compiler as the machine wants them in memory: it then starts in two thirds of the time.
///
/// Made once per toolchain from a program of our own, by the compiler itself, outside of any sandbox; sandboxes see
/// the file read-only. The machine checks whether it fits and goes on without it if not, or if it is not there yet.
enum JavaArchive {
    private static let name = "javac.jsa"

    /// Tells a Java machine in a sandbox to use it. Its complaints would be noise among the compiler's.
    static let use = ["-XX:SharedArchiveFile=\(Toolchain.prepared)/\(name)", "-Xshare:auto", "-Xlog:disable"]

    /// Makes the archive if there is none for this toolchain. Blocks for about a second then.
    ///
    /// - Parameters:
    ///   - directory: writable, seen in sandboxes as ``Toolchain/prepared``.
    ///   - sample: a program that uses what programs use.
    static func prepare(in directory: String, sample: String, toolchain: Toolchain) throws {
        let files = FileManager.default
        let archive = directory + "/" + name
        let stamp = directory + "/javac.stamp"
        let wanted = "1\n\(toolchain.version)\n\(toolchain.stamp)\n"
        if files.isReadableFile(atPath: archive), (try? String(contentsOfFile: stamp, encoding: .utf8)) == wanted {
            return
        }
        let scratch = "\(directory)/.javac-\(ProcessInfo.processInfo.processIdentifier)"
        try? files.removeItem(atPath: scratch)
        try files.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? files.removeItem(atPath: scratch) }
        let made = scratch + "/" + name
        let java = ToolchainProbe(
            programs: ["/usr/bin/java"],
            ["/usr/bin/java"] + LaunchPlan.javaCompilerMachine + [
                "-XX:ArchiveClassesAtExit=\(made)", "-Xlog:disable", "-m", LaunchPlan.javaCompiler, "-proc:none", "-d",
                scratch, sample,
            ])
        _ = java?.version()
        guard rename(made, archive) == 0 else {
            throw systemError(.unavailable, layer: "cache directory", archive)
        }
        try wanted.write(toFile: stamp, atomically: true, encoding: .utf8)
    }
}
