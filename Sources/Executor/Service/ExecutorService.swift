public import Events
import FoundationEssentials
import Logging
public import ServiceLifecycle
import Synchronization

/// Follows the log, takes what is pending, runs it and appends what happened.
///
/// An executor owns nothing but its lease: what it claimed returns to the queue when the lease ends, and its results
/// are fenced by claim. It stops its own runs before its lease can end (`LeaseClock`), so an execution never runs
/// twice at the same time while clocks behave.
public final class ExecutorService: Service {
    let log: any EventLog
    let queue: any ExecutionQueue
    private let blobs: any BlobStore
    private let provider: any SandboxProvider
    private let claims: EagerClaims
    let configuration: ExecutorConfiguration
    let logger: Logger
    let id = Identifier.timeOrdered()
    private let identity = ExecutorIdentity.current()

    struct State {
        var slots: SlotLedger
        var lease: LeaseClock<ContinuousClock.Instant>
        /// Sandboxes of the runs under way, by claim, so that they can be ended.
        var running: [UUID: (any Sandbox)?] = [:]
        var whenIdle: CheckedContinuation<Void, Never>?
        var isDraining = false
        /// Claims of reservations that are not settled yet.
        var reserved: Set<UUID> = []
        /// Claims that the log knows and this process did not, when it last looked.
        var strays: Set<UUID> = []
        /// Runs under way by execution, to find the one that is called off.
        var claimOf: [String: UUID] = [:]
        /// Executions that were called off before their run began here: a claim and its cancellation may cross.
        var calledOff = CancelNotes()
        /// Runs that have their tools' results and wait for a place.
        var returning: [UUID: CheckedContinuation<Bool, Never>] = [:]
        var returningOrder: [UUID] = []
    }

    let pauses: PauseRoom

    let state: Mutex<State>
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(
        log: any EventLog, queue: any ExecutionQueue, blobs: any BlobStore, provider: any SandboxProvider,
        claims: EagerClaims, configuration: ExecutorConfiguration, logger: Logger
    ) {
        self.log = log
        self.queue = queue
        self.blobs = blobs
        self.provider = provider
        self.claims = claims
        self.configuration = configuration
        self.logger = logger
        let lease = Duration.seconds(configuration.leaseSeconds)
        state = Mutex(
            State(
                slots: SlotLedger(capacity: configuration.capacity),
                lease: LeaseClock(lease: lease, margin: lease / 5)))
        // Each holds the memory of a sandbox that does nothing.
        pauses = PauseRoom(capacity: 2 * configuration.capacity)
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Checks the sandbox's layers, warms the pools, takes the first lease and ends those of dead processes of this
    /// machine. Call before `run`.
    ///
    /// - Throws: when a layer of protection cannot be had (it names the layer), or the database is away.
    /// - Returns: what can be run here.
    public func prepare() async throws -> [LanguageAvailability] {
        try await provider.start()
        let dead = try await queue.executorNames().filter(ExecutorIdentity.isDead)
        if !dead.isEmpty {
            logger.notice("taking over from dead executors", metadata: ["count": "\(dead.count)"])
            try await queue.retire(named: dead)
        }
        try await renewLease()
        claims.offer { [weak self] in self?.reserve() }
        return await provider.languages
    }

    /// Whether the lease is held, for readiness.
    public func check() throws {
        guard state.withLock({ $0.lease.isHeld(at: .now) }) else {
            throw LogError(.unavailable, "the executor has no lease")
        }
    }

    /// Runs this executor may hold, and how many it holds.
    public var places: (capacity: Int, taken: Int) { state.withLock { ($0.slots.capacity, $0.slots.taken) } }

    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.renewLeaseForever() }
            group.addTask { await self.claimForever() }
            group.addTask { await self.watchForRequests() }
            try? await gracefulShutdown()
            await drain()
            group.cancelAll()
        }
        claims.offer(nil)
        await provider.shutdown()
        // Cancelled when the database is away: then the lease ends by itself.
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.queue.retire(executor: self.id) }
            group.addTask { try? await Task.sleep(for: .seconds(2)) }
            await group.next()
            group.cancelAll()
        }
    }

    // MARK: Taking work

    private func reserve() -> SlotReservation? {
        let claim = UUID()
        let isReserved = state.withLock { state in
            guard state.lease.isHeld(at: .now), state.slots.reserve() else { return false }
            state.reserved.insert(claim)
            return true
        }
        guard isReserved else { return nil }
        return SlotReservation(executor: id, executorName: identity.name, claim: claim) { [self] claimed in
            defer { state.withLock { _ = $0.reserved.remove(claim) } }
            if let claimed {
                start(claimed)
            } else {
                release()
            }
        }
    }

    /// The slot is taken already.
    private func start(_ claimed: ClaimedExecution) {
        guard let execution = claimed.requested.execution else { return release() }
        state.withLock { state in
            state.running[claimed.claim] = .some(nil)
            state.claimOf[execution] = claimed.claim
        }
        let run = ExecutionRun(
            claimed: claimed, execution: execution, request: ExecutionRequested(claimed.requested.body), log: log,
            blobs: blobs, provider: provider, configuration: configuration, executor: id,
            executorName: identity.name, logger: logger,
            onSandbox: { [self] sandbox in
                let reason = state.withLock { state in
                    state.running[claimed.claim] = .some(sandbox)
                    return state.calledOff.reason(for: execution)
                }
                if let reason { sandbox.cancel(reason) }
            }, pause: pause(of: claimed.claim))
        // Unstructured: a run outlives the loop that took it; drain waits for it.
        Task {
            await run.carryOut()
            state.withLock { state in
                state.running[claimed.claim] = nil
                if state.claimOf[execution] == claimed.claim { state.claimOf[execution] = nil }
            }
            release()
        }
    }

    func release() {
        let (isWaiting, idle, returning) = state.withLock { state in
            state.slots.release()
            var returning: CheckedContinuation<Bool, Never>?
            while returning == nil, let first = state.returningOrder.first, state.slots.takeAgain() {
                state.returningOrder.removeFirst()
                returning = state.returning.removeValue(forKey: first)
                if returning == nil { state.slots.release() }
            }
            let idle = state.slots.taken == 0 ? state.whenIdle : nil
            if idle != nil { state.whenIdle = nil }
            return (state.slots.mayHaveWaiting, idle, returning)
        }
        returning?.resume(returning: true)
        idle?.resume()
        if isWaiting { waker.yield() }
    }

    private func claimForever() async {
        waker.yield()
        for await _ in wake {
            do {
                while true {
                    let (free, reasons) = state.withLock { state in
                        let free = state.slots.mayHaveWaiting ? state.slots.free : 0
                        state.slots.take(free)
                        return (free, state.slots.reasons)
                    }
                    guard free > 0 else { break }
                    var claimed: [ClaimedExecution] = []
                    defer { for _ in claimed.count..<free { release() } }
                    claimed = try await queue.claim(executor: id, limit: free)
                    state.withLock { $0.slots.noteClaimed(asked: free, got: claimed.count, before: reasons) }
                    for execution in claimed { start(execution) }
                }
            } catch {
                logger.warning("claiming failed", metadata: ["error": "\(error)"])
                // The next renewal wakes this loop again; a pause keeps a dead database from being hammered.
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func watchForRequests() async {
        // Sessions in which an execution may be waiting for its turn.
        var turns = TurnWatch()
        for await events in await log.follow() {
            pauses.note(events)
            if turns.note(events) { lookForWork() }
            for event in events where event.type == .executionCancelRequested { callOff(event) }
        }
    }

    /// Ends a run of this executor that somebody called off.
    private func callOff(_ event: Event) {
        guard let execution = event.execution else { return }
        let reason = CancelReason(ExecutionCancelRequested(event.body).reason)
        let sandbox = state.withLock { state in
            state.calledOff.add(execution, reason)
            return state.claimOf[execution].flatMap { state.running[$0] ?? nil }
        }
        sandbox?.cancel(reason)
    }

    func lookForWork() {
        state.withLock { $0.slots.noteWaiting() }
        waker.yield()
    }

    // MARK: Lease

    private func renewLease() async throws {
        let sentAt = ContinuousClock.now
        try await queue.heartbeat(
            executor: id, name: identity.name, capacity: configuration.capacity, lease: configuration.leaseSeconds)
        state.withLock { state in
            state.lease.renewed(sentAt: sentAt)
            if !state.isDraining { state.slots.open() }
        }
    }

    private func renewLeaseForever() async {
        let pause = Duration.seconds(configuration.leaseSeconds) / 6
        while (try? await Task.sleep(for: pause)) != nil {
            do {
                try await renewLease()
            } catch {
                logger.warning("lease not renewed", metadata: ["error": "\(error)"])
            }
            if !state.withLock({ $0.lease.isHeld(at: .now) }) { stopRuns(.fenced) }
            await releaseStrays()
            await endOverdueWaits()
            // Also looks for what dead executors elsewhere held.
            lookForWork()
        }
    }

    /// Gives back what the log says this executor holds and it does not run: the append of an eager claim that was
    /// thought to have failed. Only what was a stray twice, because a claim is on its way here for a moment.
    private func releaseStrays() async {
        guard let held = try? await queue.held(by: id) else { return }
        let strays = state.withLock { state in
            let now = Set(held).subtracting(state.reserved).subtracting(state.running.keys)
            let twice = now.intersection(state.strays)
            state.strays = now
            return twice
        }
        guard !strays.isEmpty else { return }
        logger.warning("giving back executions held without running them", metadata: ["count": "\(strays.count)"])
        try? await queue.release(Array(strays), of: id)
    }

    private func stopRuns(_ reason: CancelReason) {
        let running = state.withLock { state in
            state.slots.close()
            return state.running.values.compactMap(\.self)
        }
        if !running.isEmpty {
            logger.warning(
                "ending runs", metadata: ["count": "\(running.count)", "reason": "\(reason.rawValue)"])
        }
        for sandbox in running { sandbox.cancel(reason) }
    }

    /// Takes nothing new, lets runs end within the grace, then hands the rest over.
    private func drain() async {
        let isIdle = state.withLock { state in
            state.isDraining = true
            state.slots.close()
            return state.slots.taken == 0
        }
        // What waits for tools is in the log: nothing is gained by keeping it.
        pauses.close()
        let returning = state.withLock { state in
            defer { (state.returning, state.returningOrder) = ([:], []) }
            state.slots.take(state.returning.count)
            return Array(state.returning.values)
        }
        for continuation in returning { continuation.resume(returning: false) }
        guard !isIdle else { return }
        let grace = Task.isCancelled ? .zero : configuration.grace
        let patience = Task {
            try await Task.sleep(for: grace)
            stopRuns(.shutdown)
        }
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.slots.taken > 0 { state.whenIdle = continuation }
                return state.slots.taken == 0
            }
            if isIdle { continuation.resume() }
        }
        patience.cancel()
    }
}
