/// A sandbox made of namespaces on this machine.
final class LocalSandbox: Sandbox {
    let source: SandboxSource
    private let parts: LocalSandboxParts
    private let tools: LocalRun.Tools
    private let limits: SandboxLimits
    private let environment: SandboxEnvironment
    private let cancellation: CancelSignal
    let life = SandboxLife()
    /// Called once, when everything is freed.
    private let onDestroy: @Sendable () -> Void

    init(
        _ parts: LocalSandboxParts, source: SandboxSource, limits: SandboxLimits, environment: SandboxEnvironment,
        tools: LocalRun.Tools, onDestroy: @escaping @Sendable () -> Void
    ) throws {
        self.parts = parts
        self.tools = tools
        self.source = source
        self.limits = limits
        self.environment = environment
        self.onDestroy = onDestroy
        cancellation = try CancelSignal()
    }

    var id: String { parts.id }
    var handles: SandboxHandles { parts.handles }
    var user: UInt32 { parts.user }

    func cancel(_ reason: CancelReason) {
        cancellation.raise(reason)
    }

    func run(
        _ program: Program, onOutput: @escaping @Sendable (ProgramStream, [UInt8]) -> Void
    ) async throws -> RunOutcome {
        try await life.run {
            try await onDedicatedThread { [self] in
                var run = try LocalRun(
                    program, in: parts, limits: limits, environment: environment, tools: tools,
                    cancellation: cancellation, onOutput: onOutput)
                return try run.carryOut()
            }
        }
    }

    func destroy() async {
        guard life.close() else { return }
        cancellation.raise(.shutdown)
        await life.waitUntilUnused()
        // A sandbox that cannot be freed on a thread of its own is freed on this one: it must not stay.
        do { try await onDedicatedThread { self.free() } } catch { free() }
        onDestroy()
    }

    private func free() {
        parts.discard()
    }
}

/// What making a sandbox gives: everything that does not depend on who takes it.
struct LocalSandboxParts: Sendable {
    let id: String
    let kind: PoolKind
    let handles: SandboxHandles
    let user: UInt32
    let cgroup: SandboxCgroup

    /// Kills what lives and frees everything. Blocks.
    func discard() {
        _ = handles.kill()
        handles.closeAll()
        cgroup.remove()
    }
}
