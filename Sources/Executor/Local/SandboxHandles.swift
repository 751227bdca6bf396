internal import CSandbox
internal import Glibc

/// The descriptors by which the host holds a sandbox.
struct SandboxHandles: Sendable {
    let stdout: HeldDescriptor
    let stderr: HeldDescriptor
    /// Stream to the language's driver.
    let job: HeldDescriptor
    /// Packets to and from init.
    let command: HeldDescriptor
    /// Readable when all processes are dead.
    let process: HeldDescriptor
    /// `/mnt/data`
    let data: HeldDescriptor
    /// `/box`, which the sandbox sees read-only: the program.
    let box: HeldDescriptor
    /// `/build`, where a compiler leaves what it made.
    let build: HeldDescriptor

    /// Has a zygote make a sandbox and waits until it is entered. Blocks for some milliseconds.
    static func make(
        by zygote: ZygoteProcess, user: UInt32, limits: SandboxLimits, cgroup: SandboxCgroup
    ) throws -> SandboxHandles {
        let (stdout, stdoutInside) = try HeldDescriptor.pipe()
        let (stderr, stderrInside) = try HeldDescriptor.pipe()
        let (job, jobInside) = try HeldDescriptor.socketPair(packets: false)
        let (command, commandInside) = try HeldDescriptor.socketPair(packets: true)
        let inside = [stdoutInside, stderrInside, jobInside, commandInside] + (try cgroup.openProcessFiles())
        var message = sandbox_create(
            message: SANDBOX_CREATE.rawValue, uid: user, gid: user,
            cgroups: UInt32(inside.count) - UInt32(SANDBOX_CREATE_FIXED_FDS),
            disk_bytes: limits.diskBytes, disk_inodes: limits.diskInodes, open_files: UInt64(limits.openFiles))
        let numbers = inside.map(\.raw)
        let sent = sandbox_send(
            zygote.control.raw, &message, MemoryLayout.size(ofValue: message), numbers, Int32(numbers.count))
        guard sent > 0 else { throw SandboxError(.lost, "the \(zygote.kind) zygote is gone", errno: errno) }
        // From here on only the zygote and the sandbox hold their ends: their death is our end of file.
        for descriptor in inside { descriptor.close() }

        var process: HeldDescriptor?
        while true {
            guard let report = try SandboxReport.receive(from: command, within: .seconds(30)) else {
                throw SandboxError(.lost, "the sandbox died while it was made")
            }
            try report.throwIfFailed()
            switch report.content {
            case .forked: process = report.descriptors.first
            case .ready:
                // Zygote and init answer independently, but the zygote's packet is on its way when it forks.
                guard let process = try process ?? forkReport(command), report.descriptors.count == Int(SANDBOX_READY_FDS) else {
                    throw SandboxError(.unavailable, layer: "zygote", "incomplete answer")
                }
                return SandboxHandles(
                    stdout: stdout, stderr: stderr, job: job, command: command, process: process,
                    data: report.descriptors[0], box: report.descriptors[1], build: report.descriptors[2])
            case .starting, .exited, .failed: throw SandboxError(.lost, "the sandbox died while it was made")
            }
        }
    }

    private static func forkReport(_ command: HeldDescriptor) throws -> HeldDescriptor? {
        let report = try SandboxReport.receive(from: command, within: .seconds(30))
        try report?.throwIfFailed()
        return report?.descriptors.first
    }

    /// Whether the sandbox's init lives.
    var isAlive: Bool { !process.isReadable() }

    /// Kills every process of the sandbox and waits for their end. Returns false if they did not end in time.
    func kill(within limit: Duration = .seconds(10)) -> Bool {
        _ = sandbox_pidfd_kill(process.raw, SIGKILL)
        return process.isReadable(within: Int32(limit.milliseconds))
    }

    /// Has init start a program.
    func start(_ arguments: [String], environment: [String], flags: UInt32) throws {
        let text: [UInt8] = (arguments + environment).flatMap { Array($0.utf8) + [0] }
        let file = try HeldDescriptor.memoryFile(text, name: "command")
        var message = sandbox_command(
            message: SANDBOX_COMMAND.rawValue, arguments: UInt32(arguments.count),
            variables: UInt32(environment.count), length: UInt32(text.count), flags: flags)
        let sent = withExtendedLifetime(file) {
            var descriptor = file.raw
            return sandbox_send(command.raw, &message, MemoryLayout.size(ofValue: message), &descriptor, 1)
        }
        guard sent > 0 else {
            throw SandboxError(.lost, "the sandbox is gone", errno: errno)
        }
    }

    func closeAll() {
        for descriptor in [stdout, stderr, job, command, process, data, box, build] { descriptor.close() }
    }
}
