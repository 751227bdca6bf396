internal import CSandbox
internal import Glibc

extension SandboxCgroup {
    /// Whether every thread of the sandbox sleeps until something wakes it: none runs, is about to, or waits for a
    /// disk.
    func isAsleep() -> Bool {
        processes().allSatisfy { pid in
            CgroupFiles.directories(in: "/proc/\(pid)/task").allSatisfy { thread in
                guard let stat = CgroupFiles.read("/proc/\(pid)/task/\(thread)/stat"), let end = stat.lastIndex(of: ")")
                else { return true }
                let state = stat[stat.index(after: end)...].first { $0 != " " }
                return state != "R" && state != "D"
            }
        }
    }

    /// Stops every process but init, which goes on reporting.
    func pause() {
        // A process may have been started after the list was read: again until nothing new is found.
        var stopped: Set<pid_t> = []
        for _ in 0..<16 {
            let new = processes().filter { !stopped.contains($0) }
            guard !new.isEmpty else { return }
            for pid in new where ProcessMemory(pid: pid)?.innerPid != 1 { signal(pid, SIGSTOP) }
            stopped.formUnion(new)
        }
    }

    /// Lets what was stopped go on.
    func resume() {
        for pid in processes() where ProcessMemory(pid: pid)?.innerPid != 1 { signal(pid, SIGCONT) }
    }

    /// The number may have passed to another process since the list was read: then it is not in the group.
    private func signal(_ pid: pid_t, _ number: Int32) {
        let process = HeldDescriptor(sandbox_pidfd_open(pid))
        guard process.raw >= 0, processes().contains(pid) else { return }
        withExtendedLifetime(process) { _ = sandbox_pidfd_kill(process.raw, number) }
    }
}
