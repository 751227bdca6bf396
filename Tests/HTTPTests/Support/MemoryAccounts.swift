import Events
import Projections
import Synchronization

/// Accounts in memory, for one replica: counts a subject's requests in windows that never end.
final class MemoryAccounts: KeyAccounts {
    private struct State {
        var uses: [Digest32: KeyUse] = [:]
        var used: [String: Int64] = [:]
        var isDown = false
    }

    private let state = Mutex(State())

    func goDown(_ isDown: Bool = true) { state.withLock { $0.isDown = isDown } }

    func record(_ uses: [Digest32: KeyUse]) throws {
        try state.withLock { state in
            if state.isDown { throw LogError(.unavailable, "down") }
            for (key, use) in uses {
                let known = state.uses[key]?.count ?? 0
                state.uses[key] = KeyUse(count: known + use.count, last: use.last)
            }
        }
    }

    func uses() -> [Digest32: KeyUse] { state.withLock(\.uses) }

    func admit(_ subject: String, limits: RateLimits, counts: Bool) throws -> RateVerdict {
        try state.withLock { state in
            if state.isDown { throw LogError(.unavailable, "down") }
            let used = state.used[subject] ?? 0
            let isAdmitted = limits.values.allSatisfy { limit in limit.map { used < $0 } ?? true }
            if counts, isAdmitted { state.used[subject] = used + 1 }
            let windows = RatePeriod.allCases.map { period in
                RateVerdict.Window(
                    period: period, limit: limits[period], used: state.used[subject] ?? 0,
                    end: Timestamp(milliseconds: 60_000))
            }
            return RateVerdict(isAdmitted: isAdmitted, windows: windows, judgedAt: Timestamp(milliseconds: 59_001))
        }
    }

    func prune() {}
}
