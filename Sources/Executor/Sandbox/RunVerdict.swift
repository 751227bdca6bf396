/// How the watched part of a run (the compiler or the program) ended.
enum PhaseEnd: Sendable, Equatable {
    /// The raw status that waiting on the program gave.
    case ended(WaitStatus)
    case deadline
    /// The program's own memory was found over its limit.
    case memoryExceeded
    case cancelled(CancelReason)
    /// What it asked of its tools cannot be: the line that stderr ends in.
    case toolFailure(String)
    /// All processes are gone and nobody reported how the program ended.
    case lost
}

/// A status as `wait` gives it.
struct WaitStatus: Sendable, Equatable {
    let raw: Int32

    /// The exit code, if the program exited.
    var exitCode: Int? { raw & 0x7f == 0 ? Int((raw >> 8) & 0xff) : nil }

    /// The signal, if one ended the program.
    var signal: Int32? { raw & 0x7f == 0 ? nil : raw & 0x7f }
}

/// Decides what a run's end is called (CONTRACT 5.6, 5.7, C16, C19).
struct RunVerdict: Sendable, Equatable {
    var termination: Termination
    var exitCode: Int?
    var signal: String?

    private init(_ termination: Termination, exitCode: Int?, signal: String? = nil) {
        self.termination = termination
        self.exitCode = exitCode
        self.signal = signal
    }

    /// - Parameters:
    ///   - memoryKills: how many processes of the sandbox the kernel killed for memory.
    ///   - heapIsFull: the program's runtime said that its heap is; it matters only if the program failed.
    init(_ end: PhaseEnd, compiling: Bool, memoryKills: Int, heapIsFull: Bool = false) {
        switch end {
        case .ended(let status) where heapIsFull && status.raw != 0:
            self.init(.memoryLimit, exitCode: 137)
        case .deadline:
            self.init(compiling ? .compileTimeLimit : .timeLimit, exitCode: 124)
        case .memoryExceeded:
            self.init(.memoryLimit, exitCode: 137)
        case .cancelled(let reason):
            self.init(.cancelled(reason), exitCode: nil)
        case .toolFailure(let message):
            self.init(.toolFailure(message), exitCode: nil)
        case .lost where memoryKills > 0:
            self.init(.memoryLimit, exitCode: 137)
        case .lost:
            self.init(.infrastructure("the sandbox was lost while the program ran"), exitCode: nil)
        case .ended(let status):
            self.init(status, compiling: compiling, memoryKills: memoryKills)
        }
    }

    private init(_ status: WaitStatus, compiling: Bool, memoryKills: Int) {
        let code = status.exitCode ?? 128 + Int(status.signal ?? 0)
        if code == 0 {
            self.init(.exited, exitCode: 0)
        } else if memoryKills > 0 {
            // The program's own status stands: it may have seen a child die and reported that in its way.
            self.init(.memoryLimit, exitCode: code)
        } else if compiling {
            self.init(.compileError, exitCode: code)
        } else if let signal = status.signal {
            self.init(.signal, exitCode: code, signal: signalName(signal))
        } else {
            self.init(.exited, exitCode: code)
        }
    }
}
