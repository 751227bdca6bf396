import Events
import Logging
import Projections
import Synchronization

/// Counts the uses of keys in memory and writes them in batches: a request never waits for it. A process that is
/// killed loses the last second's.
final class KeyUses: Sendable {
    private static let interval = Duration.seconds(1)
    private static let flushesBetweenPruning = 3600

    private let accounts: any KeyAccounts
    private let logger: Logger
    private let pending = Mutex<[Digest32: KeyUse]>([:])

    init(accounts: any KeyAccounts, logger: Logger) {
        self.accounts = accounts
        self.logger = logger
    }

    /// A request came with this key.
    func add(_ key: Digest32, at now: Timestamp = .now()) { pending.withLock { Self.add(1, now, of: key, to: &$0) } }

    /// Writes what has come together. What cannot be written stays.
    func flush() async throws {
        let batch = pending.withLock { pending in
            defer { pending = [:] }
            return pending
        }
        guard !batch.isEmpty else { return }
        do {
            try await accounts.record(batch)
        } catch {
            pending.withLock { pending in
                for (key, use) in batch { Self.add(use.count, use.last, of: key, to: &pending) }
            }
            throw error
        }
    }

    /// Writes every second until the task is cancelled, and then what is left.
    func run() async {
        var round = 0
        while (try? await Task.sleep(for: Self.interval)) != nil {
            await attempt("the uses of keys cannot be written") { try await self.flush() }
            round += 1
            if round % Self.flushesBetweenPruning == 0 {
                await attempt("old rate windows cannot be removed") { try await self.accounts.prune() }
            }
        }
        // The cancelled task itself could not wait for a connection.
        await Task { await attempt("the last uses of keys are lost") { try await self.flush() } }.value
    }

    private func attempt(_ failure: Logger.Message, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            logger.warning(failure, metadata: ["error": "\(error)"])
        }
    }

    private static func add(_ count: Int64, _ last: Timestamp, of key: Digest32, to uses: inout [Digest32: KeyUse]) {
        var use = uses[key] ?? KeyUse(count: 0, last: last)
        use.count += count
        use.last = max(use.last, last)
        uses[key] = use
    }
}
