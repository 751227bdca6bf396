import Events
internal import Logging

/// Makes sandboxes of namespaces on this machine, ahead of need.
///
/// What to do is decided by ``PoolPolicy``; this actor carries it out. Everything that blocks happens on threads of
/// its own.
actor LocalProvider: SandboxProvider {
    private let configuration: LocalConfiguration
    private let logger: Logger
    private var policy: PoolPolicy
    private var machinery: Machinery?
    private var waiting: [String: LocalSandboxParts] = [:]
    private var waiters: [PoolPolicy.WaiterID: CheckedContinuation<any Sandbox, any Error>] = [:]
    private var taken: [String: LocalSandbox] = [:]
    private var nextWaiter = 0
    private var users: SandboxUsers
    private var lastFailure: SandboxError?
    private var isShutDown = false
    /// Work that must end before `shutdown` returns.
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var nextTask = 0

    private(set) var languages: [LanguageAvailability] = []
    private var toolchains: [Language: Toolchain] = [:]
    private let compiled: CompileCache

    /// What exists between `start` and `shutdown`.
    private struct Machinery {
        let environment: SandboxEnvironment
        let cgroups: CgroupRoot
        let python: PythonEnvironment?
        var zygotes: [ZygoteProcess.Kind: ZygoteProcess] = [:]
    }

    init(_ configuration: LocalConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        policy = PoolPolicy(targets: [:], maximumCreating: 1)
        compiled = CompileCache(
            directory: configuration.cache + "/compiled", maximumBytes: configuration.compileCacheBytes)
        users = SandboxUsers(first: configuration.firstUser, count: configuration.users)
    }

    func start() async throws {
        guard machinery == nil, !isShutDown else { throw SandboxError(.misuse, "started twice") }
        let configuration = self.configuration
        let (environment, cgroups, python, toolchains) = try await onDedicatedThread {
            try Doctor.requireAll(configuration)
            let python = try configuration.pythonEnvironment.map(PythonEnvironment.init)
            try makeDirectories(configuration.cache + "/home")
            try makeDirectories(configuration.cache + "/toolchains")
            let environment = SandboxEnvironment(python: python, configuration: configuration)
            let cgroups = try CgroupRoot(layout: CgroupRoot.detect())
            return (environment, cgroups, python, Toolchain.probeAll(python: python, runtimes: configuration.runtimes))
        }
        self.toolchains = toolchains
        languages = Language.all.map { LanguageAvailability(language: $0, version: toolchains[$0]?.version) }
        var machinery = Machinery(environment: environment, cgroups: cgroups, python: python)
        do {
            for kind in neededZygotes(python: python) {
                machinery.zygotes[kind] = try await onDedicatedThread {
                    try ZygoteProcess.start(
                        kind, configuration: configuration, environment: environment, python: python)
                }
            }
        } catch {
            let zygotes = Array(machinery.zygotes.values)
            try? await onDedicatedThread {
                for zygote in zygotes {
                    zygote.control.close()
                    _ = zygote.waitForExit()
                }
                cgroups.remove()
            }
            throw error
        }
        self.machinery = machinery
        for zygote in machinery.zygotes.values { follow(zygote) }
        let kinds = Set(languages.filter(\.isAvailable).map(\.language.poolKind))
        policy = PoolPolicy(
            targets: configuration.poolTargets.filter { kinds.contains($0.key) },
            maximumCreating: configuration.maximumCreating)
        perform(policy.start())
        prepareToolchains()
    }

    /// Makes what compilers start faster with, while programs run already.
    private func prepareToolchains() {
        guard let java = toolchains[.java] else { return }
        let configuration = self.configuration
        track {
            do {
                try await onDedicatedThread {
                    try JavaArchive.prepare(
                        in: configuration.cache + "/toolchains", sample: configuration.runtimes + "/java/Sample.java",
                        toolchain: java)
                }
            } catch {
                self.logger.warning("the Java compiler starts slowly", metadata: ["error": "\(error)"])
            }
        }
    }

    func acquire(_ language: Language) async throws -> any Sandbox {
        guard machinery != nil, !isShutDown else { throw SandboxError(.shutDown, "the provider is not running") }
        guard languages.contains(where: { $0.language == language && $0.isAvailable }) else {
            throw SandboxError(.unavailable, layer: "toolchain", "no toolchain for \(language.code)")
        }
        let kind = language.poolKind
        removeDead(kind)
        nextWaiter += 1
        let waiter = nextWaiter
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiters[waiter] = continuation
                perform(policy.take(kind, waiter: waiter))
            }
        } onCancel: {
            Task { await self.abandon(kind, waiter) }
        }
    }

    /// How many sandboxes of a kind wait for a program.
    func idleCount(_ kind: PoolKind) -> Int { policy.idleCount(kind) }

    /// The process id of a zygote, for diagnosis.
    func zygotePid(_ kind: ZygoteProcess.Kind) -> Int32? { machinery?.zygotes[kind]?.pid }

    func shutdown() async {
        guard !isShutDown else { return }
        isShutDown = true
        perform(policy.close())
        for sandbox in taken.values { sandbox.cancel(.shutdown) }
        for sandbox in taken.values { await sandbox.destroy() }
        guard let machinery else { return }
        self.machinery = nil
        for zygote in machinery.zygotes.values { zygote.control.close() }
        for task in tasks.values { task.cancel() }
        while let task = tasks.first { await task.value.value }
        try? await onDedicatedThread { machinery.cgroups.remove() }
    }

    // MARK: Carrying out

    private func perform(_ actions: [PoolPolicy.Action]) {
        for action in actions {
            switch action {
            case .create(let kind): create(kind)
            case .give(let waiter, let sandbox, let source): give(waiter, sandbox, source)
            case .fail(let waiter):
                let error = isShutDown ? SandboxError(.shutDown, "the provider shut down") : lastFailure
                waiters.removeValue(forKey: waiter)?.resume(
                    throwing: error ?? SandboxError(.unavailable, "no sandbox could be made"))
            case .discard(let sandbox):
                if let parts = waiting.removeValue(forKey: sandbox) { discard(parts) }
            case .pause(let kind, let duration):
                track {
                    try? await Task.sleep(for: duration)
                    await self.resume(kind)
                }
            }
        }
    }

    private func create(_ kind: PoolKind) {
        guard let machinery, let zygote = machinery.zygotes[kind.zygote] else {
            failed(kind, SandboxError(.unavailable, layer: "zygote", "the \(kind.zygote) zygote is not running"))
            return
        }
        let limits = configuration.limits
        let user = users.take()
        let id = "sb\(user.serial)"
        track {
            // Nobody waits: leave the processor to the run that has just taken a sandbox; most last no longer.
            if await !self.isWaitedFor { try? await Task.sleep(for: Self.refillPause) }
            do {
                let parts = try await onDedicatedThread {
                    try LocalSandboxParts.make(
                        id: id, kind: kind, user: user.number, zygote: zygote, limits: limits,
                        cgroups: machinery.cgroups, environment: machinery.environment)
                }
                await self.created(parts)
            } catch {
                await self.failedToCreate(kind, user.number, error)
            }
        }
    }

    private static let refillPause = Duration.milliseconds(8)

    private var isWaitedFor: Bool { !waiters.isEmpty }

    private func created(_ parts: LocalSandboxParts) {
        waiting[parts.id] = parts
        perform(policy.created(parts.kind, sandbox: parts.id))
    }

    private func failedToCreate(_ kind: PoolKind, _ user: UInt32, _ error: any Error) {
        users.give(back: user)
        failed(kind, error as? SandboxError ?? SandboxError(.unavailable, "\(error)"))
    }

    private func failed(_ kind: PoolKind, _ error: SandboxError) {
        lastFailure = error
        if !isShutDown { logger.warning("no sandbox", metadata: ["kind": "\(kind)", "error": "\(error)"]) }
        perform(policy.creationFailed(kind))
    }

    private func give(_ waiter: PoolPolicy.WaiterID, _ id: String, _ source: SandboxSource) {
        guard let parts = waiting.removeValue(forKey: id), let machinery else { return }
        guard let continuation = waiters.removeValue(forKey: waiter) else { return discard(parts) }
        do {
            let sandbox = try LocalSandbox(
                parts, source: source, limits: configuration.limits, environment: machinery.environment,
                tools: LocalRun.Tools(toolchains: toolchains, cache: compiled)
            ) { [weak self] in
                Task { await self?.destroyed(id, parts.user) }
            }
            taken[id] = sandbox
            continuation.resume(returning: sandbox)
        } catch {
            discard(parts)
            continuation.resume(throwing: error)
        }
    }

    private func destroyed(_ id: String, _ user: UInt32) {
        taken[id] = nil
        users.give(back: user)
    }

    private func discard(_ parts: LocalSandboxParts) {
        track {
            try? await onDedicatedThread { parts.discard() }
            await self.destroyed(parts.id, parts.user)
        }
    }

    private func removeDead(_ kind: PoolKind) {
        for id in policy.idle(kind) where waiting[id]?.handles.isAlive == false {
            perform(policy.died(kind, sandbox: id))
        }
    }

    private func resume(_ kind: PoolKind) {
        perform(policy.resume(kind))
    }

    private func abandon(_ kind: PoolKind, _ waiter: PoolPolicy.WaiterID) {
        guard let continuation = waiters.removeValue(forKey: waiter) else { return }
        policy.abandon(kind, waiter: waiter)
        continuation.resume(throwing: CancellationError())
    }

    /// Starts a task that `shutdown` waits for.
    private func track(_ operation: @escaping @Sendable () async -> Void) {
        nextTask += 1
        let number = nextTask
        tasks[number] = Task {
            await operation()
            self.tasks[number] = nil
        }
    }

    // MARK: Zygotes

    private func neededZygotes(python: PythonEnvironment?) -> [ZygoteProcess.Kind] {
        python == nil ? [.plain] : [.python, .plain]
    }

    /// Reaps the zygote when it ends, and has a new one started if it was not to end.
    private func follow(_ zygote: ZygoteProcess) {
        track {
            let status = try? await onDedicatedThread { zygote.waitForExit() }
            await self.ended(zygote, status)
        }
    }

    private func ended(_ zygote: ZygoteProcess, _ status: WaitStatus?) async {
        guard !isShutDown else { return }
        logger.error("zygote ended", metadata: ["kind": "\(zygote.kind)", "status": "\(status?.raw ?? -1)"])
        machinery?.zygotes[zygote.kind] = nil
        zygote.control.close()
        // Its sandboxes die with it.
        for kind in PoolKind.allCases where kind.zygote == zygote.kind { removeDead(kind) }
        await restart(zygote.kind)
    }

    private func restart(_ kind: ZygoteProcess.Kind) async {
        var backoff = ZygoteBackoff()
        while !isShutDown, let machinery {
            let configuration = self.configuration
            do {
                let zygote = try await onDedicatedThread {
                    try ZygoteProcess.start(
                        kind, configuration: configuration, environment: machinery.environment,
                        python: machinery.python)
                }
                self.machinery?.zygotes[kind] = zygote
                follow(zygote)
                if self.machinery == nil { zygote.control.close() }
                return
            } catch {
                logger.error("zygote not restarted", metadata: ["kind": "\(kind)", "error": "\(error)"])
                try? await Task.sleep(for: backoff.next())
            }
        }
    }
}
