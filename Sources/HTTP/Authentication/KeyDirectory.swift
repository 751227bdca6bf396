import Events
import Logging
import Synchronization

/// The managed keys as this replica knows them: the fold of the administration stream, read at start and followed
/// live, so that a revocation on one replica takes effect on all as soon as its event is announced.
///
/// A request asks the memory only. Keys are found by their SHA-256, which tells nothing about a key that is close.
final class KeyDirectory: Sendable {
    private let log: any EventLog
    private let logger: Logger
    private let state = Mutex(ManagedKeys())

    init(log: any EventLog, logger: Logger) {
        self.log = log
        self.logger = logger
    }

    /// The keys as of now.
    var keys: ManagedKeys { state.withLock { $0 } }

    /// The key with this SHA-256, enabled or not.
    func key(_ digest: Digest32) -> ManagedKey? { state.withLock { $0[digest] } }

    /// Whether a managed key may administer.
    var hasAdmin: Bool { state.withLock(\.hasAdmin) }

    /// Reads what the log holds beyond what is known.
    func refresh() async throws {
        let updated = try await KeyAdministration(log: log).update(keys)
        state.withLock { if updated.version > $0.version { $0 = updated } }
    }

    /// Takes the events of the stream as they are committed. `events` must have begun before the last `refresh()`.
    func follow(_ events: AsyncStream<[Event]>) async {
        for await batch in events {
            let isComplete = state.withLock { keys in batch.reduce(true) { keys.apply($1) && $0 } }
            if !isComplete { await catchUp() }
        }
    }

    /// Until it succeeds: a revocation must not be missed because the database was away for a moment.
    private func catchUp() async {
        while !Task.isCancelled {
            do {
                return try await refresh()
            } catch {
                logger.warning("the keys cannot be read, trying again", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}

extension ManagedKey {
    /// Who a request with this key is.
    var identity: Identity {
        let name = APIKey.name(of: hash)
        return Identity(
            owner: Owner(tenant: tenant ?? name), actor: Actor(id: name, kind: "api_key"), role: role, key: hash,
            limits: limits, auditedTenant: role == .auditor ? tenant : nil)
    }
}
