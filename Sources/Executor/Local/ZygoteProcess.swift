internal import CSandbox
internal import Glibc

/// A process that makes sandboxes by forking. It holds nothing but toolchains and has no way to the server except
/// its control socket; when that closes, it ends, and its sandboxes with it.
final class ZygoteProcess: Sendable {
    enum Kind: String, Sendable {
        case python
        case plain
    }

    let kind: Kind
    let pid: pid_t
    let control: HeldDescriptor

    private init(kind: Kind, pid: pid_t, control: HeldDescriptor) {
        self.kind = kind
        self.pid = pid
        self.control = control
    }

    /// Starts the process and waits until it serves. Blocks, for seconds if Python has to import its modules.
    static func start(
        _ kind: Kind, configuration: LocalConfiguration, environment: SandboxEnvironment, python: PythonEnvironment?
    ) throws -> ZygoteProcess {
        let arguments: [String]
        switch kind {
        case .plain:
            arguments = [configuration.zygoteProgram]
        case .python:
            guard let python else {
                throw SandboxError(.unavailable, layer: "python environment", "no Python environment")
            }
            arguments = [
                python.interpreter, configuration.runtimes + "/python/zygote.py",
                configuration.sandboxLibrary, configuration.cache,
            ]
        }
        let (ours, theirs) = try HeldDescriptor.socketPair(packets: true)
        let pid = try spawn(arguments, environment: environment.variables, control: theirs)
        theirs.close()
        let zygote = ZygoteProcess(kind: kind, pid: pid, control: ours)
        do {
            try zygote.configure(environment, network: configuration.limits.network)
        } catch {
            zygote.kill()
            _ = zygote.waitForExit()
            throw error
        }
        return zygote
    }

    private static func spawn(
        _ arguments: [String], environment: [String], control: HeldDescriptor
    ) throws -> pid_t {
        var pid = pid_t()
        let error = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                sandbox_spawn(&pid, arguments, environment, control.raw)
            }
        }
        guard error == 0 else {
            throw SandboxError(.unavailable, layer: "zygote", "\(arguments[0]) could not be started", errno: error)
        }
        return pid
    }

    private func configure(_ environment: SandboxEnvironment, network: Bool) throws {
        let mounts = environment.encodedMounts
        let file = try HeldDescriptor.memoryFile(mounts, name: "mounts")
        var message = sandbox_configure(
            message: SANDBOX_CONFIGURE.rawValue, mounts: UInt32(environment.mounts.count),
            length: UInt32(mounts.count), network: network ? 1 : 0)
        let sent = withExtendedLifetime(file) {
            var descriptor = file.raw
            return sandbox_send(control.raw, &message, MemoryLayout.size(ofValue: message), &descriptor, 1)
        }
        guard sent > 0 else { throw systemError(.unavailable, layer: "zygote", "the \(kind) zygote ended at once") }
        guard let answer = try SandboxReport.receive(from: control, within: .seconds(120)) else {
            throw SandboxError(.unavailable, layer: "zygote", "the \(kind) zygote ended while it started")
        }
        try answer.throwIfFailed()
    }

    func kill() {
        _ = Glibc.kill(pid, SIGKILL)
    }

    /// Blocks until the process has ended, and reaps it. To be called once.
    func waitForExit() -> WaitStatus {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return WaitStatus(raw: status)
    }
}

/// Calls `body` with a null-terminated list of C strings.
func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    return pointers.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { preconditionFailure("the list ends with nil, so it is not empty") }
        return body(start)
    }
}
