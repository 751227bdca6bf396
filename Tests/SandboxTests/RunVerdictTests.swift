import Testing

@testable import Executor

@Suite struct RunVerdictTests {
    private func verdict(_ end: PhaseEnd, compiling: Bool = false, kills: Int = 0) -> (Termination, Int?, String?) {
        let verdict = RunVerdict(end, compiling: compiling, memoryKills: kills)
        return (verdict.termination, verdict.exitCode, verdict.signal)
    }

    private let exitedWith3 = PhaseEnd.ended(WaitStatus(raw: 3 << 8))
    private let exitedWith0 = PhaseEnd.ended(WaitStatus(raw: 0))
    private let killed = PhaseEnd.ended(WaitStatus(raw: 9))
    private let crashed = PhaseEnd.ended(WaitStatus(raw: 11 | 0x80))

    @Test func `a program's own end is reported as it was`() {
        #expect(verdict(exitedWith0) == (.exited, 0, nil))
        #expect(verdict(exitedWith3) == (.exited, 3, nil))
        #expect(verdict(crashed) == (.signal, 139, "SIGSEGV"))
        #expect(verdict(killed) == (.signal, 137, "SIGKILL"))
    }

    @Test func `the compiler's failure is one of its own`() {
        #expect(verdict(exitedWith3, compiling: true) == (.compileError, 3, nil))
        #expect(verdict(crashed, compiling: true) == (.compileError, 139, nil))
    }

    @Test func `limits have fixed codes`() {
        #expect(verdict(.deadline) == (.timeLimit, 124, nil))
        #expect(verdict(.deadline, compiling: true) == (.compileTimeLimit, 124, nil))
        #expect(verdict(.memoryExceeded) == (.memoryLimit, 137, nil))
        #expect(verdict(.cancelled(.fenced)) == (.cancelled(.fenced), nil, nil))
    }

    @Test func `a kill for memory counts only if the program failed`() {
        #expect(verdict(killed, kills: 1) == (.memoryLimit, 137, nil))
        #expect(verdict(exitedWith3, kills: 1) == (.memoryLimit, 3, nil))
        #expect(verdict(exitedWith0, kills: 1) == (.exited, 0, nil))
        #expect(verdict(.lost, kills: 1) == (.memoryLimit, 137, nil))
    }

    @Test func `a lost sandbox is nobody's exit`() {
        let (termination, code, _) = verdict(.lost)
        #expect(code == nil)
        guard case .infrastructure = termination else {
            Issue.record("\(termination)")
            return
        }
    }
}
