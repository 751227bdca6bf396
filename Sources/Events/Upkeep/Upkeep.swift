public import Logging
public import Postgres
public import ServiceLifecycle

/// Work that is due every so often, by whichever process gets there first.
///
/// A turn is claimed by one statement on a row that remembers when the work last began. Nothing is held while it goes
/// on: a process that dies at it misses that turn, and the next one begins where the work itself says what is left.
/// An advisory lock would have to be held for as long as the work takes, on a connection of its own.
public final class Upkeep: Service {
    /// One kind of work.
    public struct Work: Sendable {
        /// As the database remembers it.
        public var name: String
        /// From the beginning of one turn to the next.
        public var interval: Duration
        /// Must bear being done twice.
        public var perform: @Sendable () async throws -> Void

        public init(name: String, interval: Duration, perform: @escaping @Sendable () async throws -> Void) {
            self.name = name
            self.interval = interval
            self.perform = perform
        }
    }

    private static let claim = "select runledger.claim_upkeep($1, $2)"
    /// Before another try after an error.
    private static let pause = Duration.seconds(15)

    private let client: PostgresClient
    private let works: [Work]
    private let logger: Logger

    /// Creates the service; nothing happens before ``run()``.
    public init(client: PostgresClient, works: [Work], logger: Logger) {
        self.client = client
        self.works = works
        self.logger = logger
    }

    /// Works until graceful shutdown or cancellation.
    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await withTaskGroup(of: Void.self) { group in
                for work in works { group.addTask { await self.keepDoing(work) } }
                await group.waitForAll()
            }
        }
    }

    private func keepDoing(_ work: Work) async {
        while !Task.isCancelled {
            var wait: Duration
            do {
                wait = try await turn(of: work)
                if wait <= .zero {
                    try await work.perform()
                    wait = work.interval
                }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("upkeep failed", metadata: ["work": "\(work.name)", "error": "\(error)"])
                wait = Self.pause
            }
            try? await Task.sleep(for: min(wait, work.interval))
        }
    }

    /// How long to wait for a turn; zero: it is ours.
    private func turn(of work: Work) async throws -> Duration {
        // Not repeatable: a claim whose answer was lost has begun the turn.
        let row = try await client.query(
            SQLQuery(Self.claim, [.text(work.name), .int8(work.interval.milliseconds)])).rows.first
        return .milliseconds(try row?.decode(0, as: Int64.self) ?? 0)
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
