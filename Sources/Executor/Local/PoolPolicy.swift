/// Decides which sandboxes to make, hand out and throw away. Pure: it is told what happened and says what to do.
///
/// Strategy: a pool's shortfall is refilled at once, and whoever waits comes first; at most `maximumCreating` are
/// under way, because making one costs processor time that running programs need. A kind whose making fails pauses
/// for a growing time; a waiter that saw more failures than it may is told.
struct PoolPolicy: Sendable {
    typealias WaiterID = Int

    enum Action: Equatable, Sendable {
        case create(PoolKind)
        case give(WaiterID, sandbox: String, SandboxSource)
        case fail(WaiterID)
        case discard(sandbox: String)
        /// Call ``resume(_:)`` after this time.
        case pause(PoolKind, Duration)
    }

    private struct Pool {
        var target = 0
        var idle: [String] = []
        var creating = 0
        var waiters: [(id: WaiterID, failures: Int)] = []
        var isPaused = false
        var failuresInARow = 0
    }

    private var pools: [PoolKind: Pool] = [:]
    private let maximumCreating: Int
    private var isClosed = false

    /// How many failed attempts a waiter sits through before it is told.
    static let patience = 2

    init(targets: [PoolKind: Int], maximumCreating: Int) {
        self.maximumCreating = max(1, maximumCreating)
        for kind in PoolKind.allCases {
            pools[kind] = Pool(target: targets[kind] ?? 0)
        }
    }

    /// How many sandboxes of a kind wait.
    func idleCount(_ kind: PoolKind) -> Int { pools[kind]?.idle.count ?? 0 }

    func idle(_ kind: PoolKind) -> [String] { pools[kind]?.idle ?? [] }

    /// The first fill.
    mutating func start() -> [Action] { refill() }

    /// Somebody needs a sandbox.
    mutating func take(_ kind: PoolKind, waiter: WaiterID) -> [Action] {
        guard !isClosed else { return [.fail(waiter)] }
        if let sandbox = pools[kind]?.idle.first {
            pools[kind]?.idle.removeFirst()
            return [.give(waiter, sandbox: sandbox, .poolHit)] + refill()
        }
        pools[kind]?.waiters.append((waiter, 0))
        return refill()
    }

    /// Somebody no longer needs one.
    mutating func abandon(_ kind: PoolKind, waiter: WaiterID) {
        pools[kind]?.waiters.removeAll { $0.id == waiter }
    }

    /// A sandbox was made.
    mutating func created(_ kind: PoolKind, sandbox: String) -> [Action] {
        pools[kind]?.creating -= 1
        pools[kind]?.failuresInARow = 0
        guard !isClosed else { return [.discard(sandbox: sandbox)] }
        if let waiter = pools[kind]?.waiters.first {
            pools[kind]?.waiters.removeFirst()
            return [.give(waiter.id, sandbox: sandbox, .poolMiss)] + refill()
        }
        pools[kind]?.idle.append(sandbox)
        return refill()
    }

    /// A sandbox could not be made.
    mutating func creationFailed(_ kind: PoolKind) -> [Action] {
        guard var pool = pools[kind] else { return [] }
        pool.creating -= 1
        pool.failuresInARow += 1
        var actions: [Action] = []
        if !pool.waiters.isEmpty {
            pool.waiters[0].failures += 1
            if pool.waiters[0].failures > Self.patience {
                actions.append(.fail(pool.waiters.removeFirst().id))
            }
        }
        if !pool.isPaused && !isClosed {
            pool.isPaused = true
            let exponent = min(pool.failuresInARow - 1, 7)
            actions.append(.pause(kind, .milliseconds(50 << exponent)))
        }
        pools[kind] = pool
        return actions + refill()
    }

    /// The pause is over.
    mutating func resume(_ kind: PoolKind) -> [Action] {
        pools[kind]?.isPaused = false
        return refill()
    }

    /// A waiting sandbox was found dead.
    mutating func died(_ kind: PoolKind, sandbox: String) -> [Action] {
        guard let index = pools[kind]?.idle.firstIndex(of: sandbox) else { return [] }
        pools[kind]?.idle.remove(at: index)
        return [.discard(sandbox: sandbox)] + refill()
    }

    /// No more sandboxes: everything that waits is thrown away, everyone who waits is told.
    mutating func close() -> [Action] {
        isClosed = true
        var actions: [Action] = []
        for kind in PoolKind.allCases {
            guard var pool = pools[kind] else { continue }
            actions += pool.idle.map { .discard(sandbox: $0) } + pool.waiters.map { .fail($0.id) }
            pool.idle = []
            pool.waiters = []
            pools[kind] = pool
        }
        return actions
    }

    private mutating func refill() -> [Action] {
        guard !isClosed else { return [] }
        var actions: [Action] = []
        var room = maximumCreating - pools.values.reduce(0) { $0 + $1.creating }
        for forWaiters in [true, false] {
            for kind in PoolKind.allCases {
                guard var pool = pools[kind], !pool.isPaused else { continue }
                let wanted = pool.waiters.count + (forWaiters ? 0 : pool.target - pool.idle.count)
                while room > 0 && pool.creating < wanted {
                    pool.creating += 1
                    room -= 1
                    actions.append(.create(kind))
                }
                pools[kind] = pool
            }
        }
        return actions
    }
}
