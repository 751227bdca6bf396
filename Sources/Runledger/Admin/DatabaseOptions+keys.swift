import ArgumentParser
import Events
import Logging
import Postgres

extension DatabaseOptions {
    /// Runs `body` with an administration that appends to the log.
    func withKeys<Value: Sendable>(
        _ body: @escaping @Sendable (KeyAdministration) async throws -> Value
    ) async throws -> Value {
        try await withClient { client in
            var logger = Logger(label: "runledger")
            logger.logLevel = .error
            // The log is not followed here, so its listener is never run.
            let log = PostgresLog(
                configuration: client.configuration, client: client,
                listener: PostgresListener(client.configuration, channels: [PostgresLog.channel], logger: logger),
                cache: BlobCache(), logger: logger)
            try await log.prepare()
            let result: Result<Value, any Error>
            do {
                result = .success(try await body(KeyAdministration(log: log)))
            } catch {
                result = .failure(error)
            }
            await log.close()
            return try result.get()
        }
    }

    /// Carries out a change of the one key that `text` names, and says so.
    func edit(
        _ text: String, _ deed: String,
        _ change: @escaping @Sendable (KeyAdministration, Digest32) async throws -> Bool
    ) async throws {
        let key = try await withKeys { administration in
            let all = try await administration.update(ManagedKeys()).all
            let found = all.filter { $0.prefix == text || text.count >= 6 && $0.hash.hex.hasPrefix(text.lowercased()) }
            guard found.count == 1, let key = found.first, try await change(administration, key.hash) else {
                throw ValidationError(
                    found.count > 1 ? "\(found.count) keys match \(text): give more of the hash" : "no key \(text)")
            }
            return key
        }
        Terminal.say("\(deed) \(key.hash.hex.prefix(16)) (\(key.name))")
    }
}

extension ManagedKeys {
    /// The keys as the log has them.
    init(client: PostgresClient) async throws {
        self.init()
        for event in try await SessionEvents(client: client).all(of: Identifier.administration) {
            guard apply(event) else { throw LogError(.corrupt, "the administration stream has a gap") }
        }
    }
}
