import Events

/// What one server knows about keys, and what it counts.
struct KeyServices: Sendable {
    let environment: KeyRing
    let directory: KeyDirectory
    let administration: KeyAdministration
    let uses: KeyUses
    let authenticator: Authenticator
    let meter: RequestMeter
    private let log: any EventLog

    init(_ configuration: HTTPConfiguration, _ dependencies: HTTPDependencies) {
        log = dependencies.log
        environment = KeyRing(configuration)
        directory = KeyDirectory(log: log, logger: dependencies.logger)
        administration = KeyAdministration(log: log)
        uses = KeyUses(accounts: dependencies.accounts, logger: dependencies.logger)
        authenticator = Authenticator(configuration, environment: environment, directory: directory,
            logger: dependencies.logger)
        meter = RequestMeter(
            accounts: dependencies.accounts, uses: uses, isLimiting: configuration.rateLimitEnabled,
            authenticator: authenticator)
    }

    /// Runs `body` with the keys known and followed, and their uses written.
    func whileFollowed(_ body: () async throws -> Void) async throws {
        // In this order: an event between the two is seen twice rather than never.
        let events = await log.follow()
        try await directory.refresh()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await directory.follow(events) }
            group.addTask { await uses.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }
}
