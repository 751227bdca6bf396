import Events
import Foundation
import Logging
import Testing

@testable import Executor

/// Each test has a provider of its own and looks at what it leaves on the host.
@Suite(.serialized) struct Lifecycle {
    private func withProvider(
        _ change: (inout LocalConfiguration) -> Void = { _ in }, _ body: (LocalProvider) async throws -> Void
    ) async throws {
        var configuration = testConfiguration()
        change(&configuration)
        let provider = LocalProvider(configuration, logger: Logger(label: "sandboxes"))
        try await provider.start()
        do {
            try await body(provider)
        } catch {
            await provider.shutdown()
            throw error
        }
        await provider.shutdown()
    }

    /// Waits for what another process is about to do.
    private func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<500 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    private func plainOnly(_ configuration: inout LocalConfiguration) {
        configuration.pythonEnvironment = nil
        configuration.poolTargets = [.plain: 2]
    }

    @Test func `the pool is filled and refilled`() async throws {
        try await withProvider(plainOnly) { provider in
            #expect(try await eventually { await provider.idleCount(.plain) == 2 })
            let sandbox = try await provider.acquire(.bash)
            #expect(sandbox.source == .poolHit)
            #expect(try await eventually { await provider.idleCount(.plain) == 2 })
            await sandbox.destroy()
        }
    }

    @Test func `without a pool sandboxes are made on demand`() async throws {
        try await withProvider({
            plainOnly(&$0); $0.poolTargets = [:]
        }) { provider in
            let sandbox = try await provider.acquire(.bash)
            #expect(sandbox.source == .poolMiss)
            await sandbox.destroy()
        }
    }

    @Test func `many runs at once all succeed`() async throws {
        try await withProvider(plainOnly) { provider in
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<40 {
                    group.addTask { try await run(.bash, "echo \(number)", on: provider).stdout }
                }
                var seen: Set<String> = []
                for try await text in group { seen.insert(text) }
                #expect(seen.count == 40)
            }
        }
    }

    @Test func `a waiting sandbox that was killed is not handed out`() async throws {
        try await withProvider({
            plainOnly(&$0); $0.poolTargets = [.plain: 1]
        }) { provider in
            #expect(try await eventually { await provider.idleCount(.plain) == 1 })
            let zygote = await provider.zygotePid(.plain)
            for pid in processes(named: "sandbox-init") where parent(of: pid) == zygote {
                kill(pid, SIGKILL)
            }
            let ran = try await run(.bash, "echo fine", on: provider)
            #expect(ran.stdout == "fine\n")
        }
    }

    @Test func `a killed zygote takes its sandboxes along and is replaced`() async throws {
        try await withProvider(plainOnly) { provider in
            #expect(try await eventually { await provider.idleCount(.plain) == 2 })
            let running = try await provider.acquire(.bash)
            async let outcome = running.run(Program(language: .bash, code: Array("echo up; sleep 1000".utf8))) { _, _ in
            }
            let waiting = try await provider.acquire(.bash)
            let zygote = try #require(await provider.zygotePid(.plain))
            try await Task.sleep(for: .milliseconds(200))
            kill(zygote, SIGKILL)
            guard case .infrastructure = try await outcome.termination else {
                Issue.record("the running program should have been lost")
                return
            }
            await running.destroy()
            let handles = try #require(waiting as? LocalSandbox).handles
            #expect(try await eventually { !handles.isAlive })
            let lost = await #expect(throws: SandboxError.self) {
                try await waiting.run(Program(language: .bash, code: [])) { _, _ in }
            }
            #expect(lost?.code == .lost)
            await waiting.destroy()
            #expect(try await eventually { await provider.zygotePid(.plain) ?? zygote != zygote })
            #expect(try await run(.bash, "echo again", on: provider).stdout == "again\n")
        }
    }

    @Test func `a run whose sandbox was lost before it began is repeated on another`() async throws {
        try await withProvider(plainOnly) { provider in
            let attempts = Attempts()
            let output = try await provider.withSandbox(for: .bash) { sandbox in
                let first = await attempts.next() == 1
                if first { _ = (sandbox as? LocalSandbox)?.handles.kill() }
                return try await sandbox.run(Program(language: .bash, code: Array("echo hi".utf8))) { _, _ in }
            }
            #expect(output.stdout.bytes == Array("hi\n".utf8))
            #expect(await attempts.count == 2)
        }
    }

    @Test func `shutdown ends runs and leaves nothing behind`() async throws {
        var zygotes: [Int32] = []
        try await withProvider { provider in
            for kind in [ZygoteProcess.Kind.plain, .python] {
                if let pid = await provider.zygotePid(kind) { zygotes.append(pid) }
            }
            let sandbox = try await provider.acquire(.bash)
            async let outcome = sandbox.run(Program(language: .bash, code: Array("sleep 1000".utf8))) { _, _ in }
            _ = try await provider.acquire(.bash)
            await provider.shutdown()
            #expect(try await outcome.termination == .cancelled(.shutdown))
            let refused = await #expect(throws: SandboxError.self) { try await provider.acquire(.bash) }
            #expect(refused?.code == .shutDown)
        }
        #expect(!zygotes.isEmpty)
        for pid in zygotes { #expect(kill(pid, 0) != 0) }
        for pid in processes(named: "sandbox-init") { #expect(!zygotes.contains(parent(of: pid) ?? 0)) }
        // Mounts of sandboxes are in namespaces that ended with them; none may have reached ours.
        let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
        #expect(!mounts.contains("/mnt/data") && !mounts.contains("/box"))
    }

    @Test(arguments: [ZygoteProcess.Kind.plain, .python])
    func `sandboxes die with their zygote, and that with its server`(kind: ZygoteProcess.Kind) async throws {
        let configuration = testConfiguration()
        let python = try configuration.pythonEnvironment.map(PythonEnvironment.init)
        let environment = SandboxEnvironment(python: python, configuration: configuration)
        let cgroups = try CgroupRoot(layout: CgroupRoot.detect())
        let zygote = try ZygoteProcess.start(
            kind, configuration: configuration, environment: environment, python: python)
        let parts = try (0..<3).map { number in
            try LocalSandboxParts.make(
                id: "z\(number)", kind: kind == .python ? .python : .plain, user: 400_000 + UInt32(number),
                zygote: zygote,
                limits: configuration.limits, cgroups: cgroups, environment: environment)
        }
        if kind == .plain {
            try parts[0].handles.start(["/bin/sleep", "1000"], environment: [], flags: 0)
        }
        // What a dying server's kernel does first.
        zygote.control.close()
        #expect(zygote.waitForExit().exitCode == 0)
        for sandbox in parts { #expect(sandbox.handles.process.isReadable(within: 10_000)) }
        for sandbox in parts { sandbox.discard() }
        cgroups.remove()
    }

    @Test func `destroy waits for a reader, and its files do not change hands`() async throws {
        try await withProvider(plainOnly) { provider in
            let sandbox = try await provider.acquire(.bash)
            async let outcome = sandbox.run(Program(language: .bash, code: Array("sleep 1000".utf8))) { _, _ in }
            try await Task.sleep(for: .milliseconds(50))
            await sandbox.destroy()
            #expect(try await outcome.termination == .cancelled(.shutdown))
            await sandbox.destroy()
        }
    }

    @Test func `cgroups of a dead server are swept by the next`() async throws {
        let layout = try CgroupRoot.detect()
        let own = try #require(layout.directories[.pids])
        let stale = "\(own)/\(CgroupRoot.prefix)test-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: stale + "/sb1", withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["1000"]
        try process.run()
        try CgroupFiles.write("\(process.processIdentifier)", to: stale + "/sb1/cgroup.procs")
        try await withProvider(plainOnly) { _ in
            #expect(!FileManager.default.fileExists(atPath: stale))
        }
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
    }

    @Test func `cgroups of a living server are left alone`() async throws {
        try await withProvider(plainOnly) { first in
            try await withProvider(plainOnly) { _ in }
            #expect(try await run(.bash, "echo on", on: first).stdout == "on\n")
        }
    }

    @Test func `the doctor finds every layer here`() async throws {
        let checks = Doctor.check(testConfiguration())
        #expect(checks.filter { !$0.isOk } == [])
        let layers = Set(checks.map(\.layer))
        #expect(
            layers.isSuperset(of: [
                "user", "namespaces", "seccomp", "openat2", "pidfd", "cgroup: memory", "cgroup: cpu", "cgroup: pids",
            ]))
    }

    @Test func `start refuses with the name of what is missing`() async throws {
        var configuration = testConfiguration()
        configuration.programs = "/nowhere"
        let provider = LocalProvider(configuration, logger: Logger(label: "sandboxes"))
        let error = await #expect(throws: SandboxError.self) { try await provider.start() }
        #expect(error?.code == .unavailable)
        #expect(error?.layer == "zygote")
        await provider.shutdown()
    }

    @Test func `languages without a toolchain are listed and refused`() async throws {
        try await withProvider(plainOnly) { provider in
            let languages = await provider.languages
            #expect(languages.map(\.language) == Language.all)
            #expect(languages.first { $0.language == .python }?.isAvailable == false)
            #expect(languages.first { $0.language == .bash }?.version?.first?.isNumber == true)
            await #expect(throws: SandboxError.self) { try await provider.acquire(.python) }
        }
    }
}

private actor Attempts {
    private(set) var count = 0

    func next() -> Int {
        count += 1
        return count
    }
}

private func processes(named name: String) -> [pid_t] {
    CgroupFiles.directories(in: "/proc").compactMap(pid_t.init).filter {
        CgroupFiles.read("/proc/\($0)/comm") == name + "\n"
    }
}

private func parent(of pid: pid_t) -> pid_t? {
    let fields = CgroupFiles.read("/proc/\(pid)/stat")?.split(separator: ")").last?.split(separator: " ")
    return fields.flatMap { $0.count > 1 ? pid_t($0[1]) : nil }
}
