import Events

/// What a run's end is called in events and answers (CONTRACT 5.6, 5.7).
struct OutcomeSummary: Equatable {
    var status: ExecutionStatus
    var reason: TerminationReason
    /// The line that stderr ends in, if any.
    var message: String?

    /// - Parameters:
    ///   - timeout: the run's limit in milliseconds.
    ///   - isStandardErrorEmpty: whether the answer's stderr would be empty without a line.
    init(
        _ outcome: RunOutcome, timeout: Int64, configuration: ExecutorConfiguration, isStandardErrorEmpty: Bool
    ) {
        let exitLine =
            isStandardErrorEmpty && outcome.exitCode != 0
            ? outcome.exitCode.map { "Code execution failed with exit code \($0)" } : nil
        switch outcome.termination {
        case .exited:
            status = outcome.exitCode == 0 ? .completed : .failed
            reason = .exited
            message = exitLine
        case .signal:
            (status, reason, message) = (.failed, .signal, exitLine)
        case .compileError:
            (status, reason, message) = (.failed, .compileError, exitLine)
        case .timeLimit:
            (status, reason) = (.timeout, .timeLimit)
            message = "Execution timed out after \(Self.seconds(timeout)) seconds"
        case .compileTimeLimit:
            (status, reason) = (.timeout, .timeLimit)
            message = "Compilation timed out after \(Self.seconds(configuration.compileLimit.milliseconds)) seconds"
        case .memoryLimit:
            (status, reason) = (.failed, .memoryLimit)
            message = "Out of memory: the program exceeded \(configuration.memoryMiB) MiB"
        case .cancelled(let cause):
            status = .cancelled
            reason = cause == .clientDisconnected ? .clientDisconnected : .cancelled
            message = "Execution cancelled"
        case .toolFailure(let line):
            (status, reason, message) = (.error, .infrastructure, line)
        case .infrastructure(let cause):
            (status, reason, message) = (.error, .infrastructure, "Execution failed: \(cause)")
        }
    }

    /// Milliseconds as seconds without trailing zeros: 30000 is `30`, 1500 is `1.5`.
    static func seconds(_ milliseconds: Int64) -> String {
        let fraction = milliseconds % 1000
        guard fraction != 0 else { return String(milliseconds / 1000) }
        var digits = String(fraction + 1000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(milliseconds / 1000).\(digits)"
    }
}
