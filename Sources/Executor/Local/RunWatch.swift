internal import CSandbox
internal import Glibc

/// Watches one run from outside: moves its output, keeps its limits, learns of its end. Blocks its thread.
///
/// Strategy: one `poll` over everything that can happen. The end of the program comes from init (which waited for
/// it) and never from end of file, because a grandchild may hold the pipes as long as it likes. Afterwards everything
/// is killed, and only then the pipes are emptied: what was written is in them.
struct RunWatch {
    let handles: SandboxHandles
    let cgroup: SandboxCgroup
    private let limits: SandboxLimits
    let cancellation: CancelSignal
    private let onOutput: @Sendable (ProgramStream, [UInt8]) -> Void

    private var stdout: OutputCapture
    private var stderr: OutputCapture
    /// What of the job the driver has not taken yet.
    private var job: ArraySlice<UInt8> = []
    /// What the driver says.
    private var words: DriverWords
    /// The driver or init has said that it begins.
    var hasStarted: Bool { startedAt != nil }
    /// When it has.
    private(set) var startedAt: ContinuousClock.Instant?
    /// A driver was started when the sandbox was made; that is not the program's start.
    private var isWaitingForJob = false
    /// Children of the program that were killed for its memory.
    private(set) var childrenKilled = 0
    /// Takes the calls of a programmatic run.
    var desk: ToolDesk?
    let exchange: ToolExchange?
    /// Time that the program stood still while others got its tools' results.
    var paused: Duration = .zero
    /// While a compiler runs its output is held back: it is only worth showing if compilation fails.
    private var isCompiling = false

    /// A repeated run may be slower than the first one was: what is on record is not to fail for that.
    private static let repeatAllowance: Duration = .seconds(10)

    /// Memory is looked at this often. A program can take some 100 MB in that time; the cgroup's limit is the wall.
    private static let sampleInterval: Duration = .milliseconds(25)

    init(
        handles: SandboxHandles, cgroup: SandboxCgroup, limits: SandboxLimits, state: ProgramState?,
        cancellation: CancelSignal, tools exchange: ToolExchange?,
        onOutput: @escaping @Sendable (ProgramStream, [UInt8]) -> Void
    ) throws {
        words = DriverWords(state: state)
        self.handles = handles
        self.cgroup = cgroup
        self.limits = limits
        self.cancellation = cancellation
        self.onOutput = onOutput
        stdout = OutputCapture(limit: limits.outputBytes)
        stderr = OutputCapture(limit: limits.outputBytes)
        self.exchange = exchange
        desk = try exchange.map { try ToolDesk($0, box: handles.box, cgroup: cgroup) }
    }

    /// What the driver said about the Python state; complete after ``finish()``.
    var state: CapturedState? { words.state }

    /// Gives a driver its job and watches until its program ends.
    ///
    /// - Parameter compileLimit: bounds what the driver does before it says that the program begins, which then has
    ///   the whole of `limit`; nil: the program begins at once.
    mutating func runJob(_ job: [UInt8], limit: Duration, compileLimit: Duration?) throws -> PhaseEnd {
        self.job = job[...]
        isWaitingForJob = true
        return try watch(limit: limit, beforeStart: compileLimit)
    }

    /// Has init run a command and watches until it ends.
    mutating func runCommand(
        _ arguments: [String], environment: [String], limit: Duration, compiling: Bool
    ) throws -> PhaseEnd {
        isCompiling = compiling
        defer { isCompiling = false }
        let flags = compiling ? UInt32(SANDBOX_STDOUT_TO_STDERR) : 0
        try handles.start(arguments, environment: environment, flags: flags)
        return try watch(limit: limit)
    }

    /// Forgets a successful compiler's warnings.
    mutating func discardCompilerOutput() {
        isCompiling = true
        drain(.stderr)
        isCompiling = false
        stderr = OutputCapture(limit: limits.outputBytes)
    }

    /// Kills the sandbox, empties the pipes and hands out what was captured.
    mutating func finish() throws -> (stdout: CapturedOutput, stderr: CapturedOutput) {
        guard handles.kill() else {
            throw SandboxError(.unavailable, layer: "kill", "the sandbox did not die")
        }
        drain(.stdout)
        drain(.stderr)
        while hearDriver() {}
        return (stdout.captured, stderr.captured)
    }

    /// Shows what a failed compiler said.
    func releaseCompilerOutput() {
        if !stderr.captured.bytes.isEmpty { onOutput(.stderr, stderr.captured.bytes) }
    }

    private mutating func watch(limit: Duration, beforeStart: Duration? = nil) throws -> PhaseEnd {
        let clock = ContinuousClock()
        var deadline = clock.now + (beforeStart ?? limit)
        var nextSample = clock.now + Self.sampleInterval
        var isDriverListening = true
        var open: (stdout: Bool, stderr: Bool) = (true, true)
        while true {
            if let reason = cancellation.reason { return .cancelled(reason) }
            let now = clock.now
            let last = desk?.isRepeating == true ? deadline + limit + Self.repeatAllowance : deadline
            if now >= last { return .deadline }
            if now >= nextSample {
                if cgroup.anonymousBytes() > limits.memoryBytes {
                    guard cgroup.killLargestChild() else { return .memoryExceeded }
                    childrenKilled += 1
                }
                nextSample = clock.now + Self.sampleInterval
            }
            var entries = [
                pollfd(fd: open.stdout ? handles.stdout.raw : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: open.stderr ? handles.stderr.raw : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: handles.command.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: handles.process.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: cancellation.descriptor.raw, events: Int16(POLLIN), revents: 0),
                pollfd(
                    fd: isDriverListening ? handles.job.raw : -1,
                    events: Int16(job.isEmpty ? POLLIN : POLLIN | POLLOUT), revents: 0),
            ]
            let ownEntries = entries.count
            if let more = desk?.entries() { entries += more }
            let wait = min(last, nextSample, desk?.wakeAt ?? nextSample) - now
            // Rounded up, so that the last millisecond is not spent spinning.
            if poll(&entries, nfds_t(entries.count), Int32(max(0, wait.milliseconds + 1))) < 0 && errno != EINTR {
                throw systemError(.unavailable, layer: "poll", "poll")
            }
            if entries[0].revents != 0 { open.stdout = read(.stdout) }
            if entries[1].revents != 0 { open.stderr = read(.stderr) }
            if entries[5].revents != 0 { isDriverListening = talkToDriver(entries[5].revents) }
            if beforeStart != nil, let startedAt { deadline = startedAt + limit }
            switch try desk?.attend(entries[ownEntries...]) {
            case .nothing, nil: break
            case .end(let end): return end
            case .answered: deadline = clock.now + limit
            case .asked:
                if let end = try standStill() { return end }
                deadline = clock.now + limit
            }
            if entries[2].revents != 0, let end = try readReport() { return end }
            if entries[3].revents != 0 {
                // Init's last words may have come after the look at its socket above; they end with end of file.
                while true {
                    if let end = try readReport() { return end }
                }
            }
        }
    }

    /// The program's end, if that is what init reports; lost at end of file.
    private mutating func readReport() throws -> PhaseEnd? {
        guard let report = try SandboxReport.receive(from: handles.command) else { return .lost }
        try report.throwIfFailed()
        switch report.content {
        case .exited(let status): return .ended(status)
        case .starting where !isWaitingForJob && !isCompiling: startedAt = startedAt ?? .now
        default: break
        }
        return nil
    }

    /// Sends more of the job, hears that the program begins. Returns false when the driver has let go of the socket.
    private mutating func talkToDriver(_ events: Int16) -> Bool {
        if events & Int16(POLLOUT) != 0 && !job.isEmpty {
            let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
            let sent = job.withUnsafeBytes { send(handles.job.raw, $0.baseAddress, $0.count, flags) }
            if sent > 0 { job = job.dropFirst(sent) }
        }
        guard events & Int16(POLLIN | POLLHUP | POLLERR) != 0 else { return true }
        return hearDriver() || errno == EAGAIN
    }

    /// Reads once from the driver. Returns false when there is nothing, and `errno` says whether there may be more.
    private mutating func hearDriver() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            errno = 0
            let received = recv(handles.job.raw, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            guard received > 0 else { return false }
            words.take(UnsafeRawBufferPointer(rebasing: buffer[..<received]))
            if words.hasStarted { startedAt = startedAt ?? .now }
            return true
        }
    }

    /// Reads once. Returns false at end of file.
    private mutating func read(_ stream: ProgramStream) -> Bool {
        let number = stream == .stdout ? handles.stdout.raw : handles.stderr.raw
        return withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            let count = Glibc.read(number, buffer.baseAddress, buffer.count)
            guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            let kept = stream == .stdout ? stdout.take(bytes) : stderr.take(bytes)
            if !kept.isEmpty && !isCompiling { onOutput(stream, kept) }
            return true
        }
    }

    /// Reads until the pipe is empty.
    private mutating func drain(_ stream: ProgramStream) {
        while (stream == .stdout ? handles.stdout : handles.stderr).isReadable() {
            if !read(stream) { return }
        }
    }
}
