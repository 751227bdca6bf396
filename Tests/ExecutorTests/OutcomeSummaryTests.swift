import Events
import Testing

@testable import Executor

@Suite("What a run's end is called")
struct OutcomeSummaryTests {
    private func summary(
        _ termination: Termination, exitCode: Int?, timeout: Int64 = 30_000, isSilent: Bool = false
    ) -> OutcomeSummary {
        let outcome = RunOutcome(
            termination: termination, exitCode: exitCode, signal: nil, stdout: CapturedOutput(),
            stderr: CapturedOutput(), duration: .zero, compileDuration: nil, usage: RunUsage(),
            counters: RunCounters())
        return OutcomeSummary(
            outcome, timeout: timeout, configuration: ExecutorConfiguration(), isStandardErrorEmpty: isSilent)
    }

    @Test("Exit code 0 is completed, without a line")
    func completed() {
        let summary = summary(.exited, exitCode: 0, isSilent: true)
        #expect(summary.status == .completed)
        #expect(summary.message == nil)
    }

    @Test("A failed program gets a line only when its stderr is empty")
    func failed() {
        #expect(summary(.exited, exitCode: 3, isSilent: true).message == "Code execution failed with exit code 3")
        #expect(summary(.exited, exitCode: 3, isSilent: false).message == nil)
        #expect(summary(.exited, exitCode: 3).status == .failed)
    }

    @Test("The time limit is named in seconds without trailing zeros", arguments: [
        (30_000, "30"), (1_000, "1"), (1_500, "1.5"), (2_050, "2.05"), (1_001, "1.001"),
    ])
    func timeLimit(milliseconds: Int64, text: String) {
        let summary = summary(.timeLimit, exitCode: 124, timeout: milliseconds)
        #expect(summary.message == "Execution timed out after \(text) seconds")
        #expect(summary.status == .timeout)
        #expect(summary.reason == .timeLimit)
    }

    @Test("The memory limit fails the run and names the limit")
    func memory() {
        let summary = summary(.memoryLimit, exitCode: 137)
        #expect(summary.status == .failed)
        #expect(summary.message == "Out of memory: the program exceeded 512 MiB")
    }

    @Test("A compiler over its limit is a timeout of the compilation")
    func compileTime() {
        let summary = summary(.compileTimeLimit, exitCode: 124)
        #expect(summary.reason == .timeLimit)
        #expect(summary.message == "Compilation timed out after 60 seconds")
    }

    @Test("A client that went away is told apart from one that cancelled")
    func cancelled() {
        #expect(summary(.cancelled(.clientDisconnected), exitCode: nil).reason == .clientDisconnected)
        #expect(summary(.cancelled(.requested), exitCode: nil).reason == .cancelled)
        #expect(summary(.cancelled(.requested), exitCode: nil).message == "Execution cancelled")
    }
}
