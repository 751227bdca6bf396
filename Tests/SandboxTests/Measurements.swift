import Events
import Foundation
import Logging
import Testing

@testable import Executor

/// Prints times; asserts nothing about them. Runs when RUNLEDGER_MEASURE is set.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["RUNLEDGER_MEASURE"] != nil && pythonRoot != nil))
struct Measurements {
    private let clock = ContinuousClock()

    private func show(_ name: String, _ times: [Duration]) {
        let sorted = times.sorted().map { Double($0.nanoseconds) / 1e6 }
        guard !sorted.isEmpty else { return }
        func at(_ share: Double) -> String {
            String(format: "%.2f", sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))])
        }
        print(
            "MEASURE \(name): min \(at(0)) p10 \(at(0.1)) p50 \(at(0.5)) p90 \(at(0.9)) p99 \(at(0.99)) max \(at(1)) ms, n=\(sorted.count)"
        )
    }

    @Test(arguments: [
        (Language.python, "print(1+1)"), (.bash, "echo 2"), (.javaScript, "console.log(1+1)"),
        (.python, "import pandas as pd, numpy as np\nprint(pd.DataFrame({'a': np.arange(1000)}).describe())"),
    ])
    func `one run at a time`(language: Language, code: String) async throws {
        var configuration = testConfiguration()
        configuration.poolTargets = [language.poolKind: 2]
        let provider = LocalProvider(configuration, logger: Logger(label: "measure"))
        try await provider.start()
        var runs: [Duration] = [], collects: [Duration] = [], acquires: [Duration] = [], destroys: [Duration] = []
        for _ in 0..<100 {
            while await provider.idleCount(language.poolKind) < 2 { try await Task.sleep(for: .milliseconds(2)) }
            let begin = clock.now
            let sandbox = try await provider.acquire(language)
            let acquired = clock.now
            let outcome = try await sandbox.run(Program(language: language, code: Array(code.utf8))) { _, _ in }
            let ran = clock.now
            _ = try await sandbox.collect(CollectionRequest())
            let collected = clock.now
            await sandbox.destroy()
            acquires.append(acquired - begin)
            runs.append(ran - acquired)
            collects.append(collected - ran)
            destroys.append(clock.now - collected)
            #expect(outcome.exitCode == 0)
        }
        let name = "\(language.code) \(code.prefix(20).replacingOccurrences(of: "\n", with: " "))"
        show("\(name) acquire", acquires)
        show("\(name) run+kill", runs)
        show("\(name) collect", collects)
        show("\(name) destroy", destroys)
        await provider.shutdown()
    }

    @Test(arguments: [PoolKind.plain, .python, .javaScript]) func `making a sandbox`(kind: PoolKind) async throws {
        let configuration = testConfiguration()
        let python = try configuration.pythonEnvironment.map(PythonEnvironment.init)
        let environment = SandboxEnvironment(python: python, configuration: configuration)
        let cgroups = try CgroupRoot(layout: CgroupRoot.detect())
        let zygote = try ZygoteProcess.start(
            kind.zygote, configuration: configuration, environment: environment, python: python)
        var times: [Duration] = [], groups: [Duration] = [], discards: [Duration] = []
        for number in 0..<100 {
            let beginGroup = clock.now
            let group = try SandboxCgroup("g\(number)", in: cgroups, limits: configuration.limits)
            groups.append(clock.now - beginGroup)
            group.remove()
            let begin = clock.now
            let parts = try LocalSandboxParts.make(
                id: "m\(number)", kind: kind, user: 300_000, zygote: zygote, limits: configuration.limits,
                cgroups: cgroups,
                environment: environment)
            times.append(clock.now - begin)
            let made = clock.now
            parts.discard()
            discards.append(clock.now - made)
        }
        show("make \(kind)", times)
        show("  of which cgroup", groups)
        show("discard \(kind)", discards)
        zygote.control.close()
        _ = zygote.waitForExit()
        cgroups.remove()
    }

    @Test(arguments: [(Language.python, "print(1+1)"), (.bash, "echo 2")])
    func `as many as possible`(language: Language, code: String) async throws {
        var configuration = testConfiguration()
        configuration.poolTargets = [language.poolKind: 4]
        let provider = LocalProvider(configuration, logger: Logger(label: "measure"))
        try await provider.start()
        let count = 300
        for parallel in [1, 4, 10] {
            let begin = clock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    if number >= parallel { try await group.next() }
                    group.addTask {
                        let ran = try await run(language, code, on: provider)
                        #expect(ran.stdout == "2\n")
                    }
                }
                try await group.waitForAll()
            }
            let seconds = Double((clock.now - begin).nanoseconds) / 1e9
            print(
                "MEASURE \(language.code) sustained, \(parallel) at a time: \(String(format: "%.1f", Double(count) / seconds)) runs/s"
            )
        }
        await provider.shutdown()
    }
}
