import ArgumentParser
import Events
import Executor
import Foundation
import HTTP
import Logging
import Postgres
import Projections
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Start the server: HTTP, executor and projector in one process.",
        discussion: """
            Settings come from the environment. Without DATABASE_URL the server owns a private PostgreSQL cluster \
            under RUNLEDGER_HOME (default ./.runledger).
            """)

    func run() async throws {
        let settings = try Settings.ofProcess()
        do {
            var server = try Server(settings)
            try await server.run()
        } catch let error as PostgresError {
            Terminal.complain([error.message, error.detail].compactMap(\.self).joined(separator: "\n"))
            throw ExitCode.failure
        } catch {
            Terminal.complain("\(error)")
            throw ExitCode.failure
        }
    }
}

/// Puts the parts together, bottom up, and runs them until SIGTERM or SIGINT.
struct Server {
    private var settings: Settings
    private let home: Home
    private let layout: Layout
    private let logger: Logger

    init(_ settings: Settings) throws {
        self.settings = settings
        home = try Home(settings.home)
        layout = try Layout.find()
        let level = Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info
        let isJSON = settings.logFormat == .json
        LoggingSystem.bootstrap { label in
            guard isJSON else {
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            }
            return JSONLogHandler(label: label, logLevel: level)
        }
        logger = Logger(label: "runledger")
    }

    mutating func run() async throws {
        // Before anything is started: whoever made a mistake in the settings is told within a second.
        try await settings.http.tokens?.check()
        for name in settings.ignored { logger.warning("\(name) has no meaning here and is ignored") }
        if let warning = settings.retention.warning { logger.warning("\(warning)") }
        let generatedKey = try addGeneratedKey()
        guard let url = settings.databaseURL else {
            let cluster = try await EmbeddedCluster.start(EmbeddedCluster.Configuration(home: home.cluster))
            logger.notice(
                "using a private PostgreSQL cluster; set DATABASE_URL to use your own",
                metadata: ["home": "\(home.cluster)"])
            do {
                try await serve(url: cluster.connectionURL, generatedKey: generatedKey)
            } catch {
                try? await cluster.stop()
                throw error
            }
            return try await cluster.stop()
        }
        try await serve(url: url, generatedKey: generatedKey)
    }

    /// The embedded loopback case of CONTRACT 14: without any credential configured, one is made.
    private mutating func addGeneratedKey() throws -> String? {
        guard settings.isEmbedded, !settings.hasWayIn else { return nil }
        let key = try home.generatedKey()
        settings.http.apiKeys = [key]
        return key
    }

    private func serve(url: String, generatedKey: String?) async throws {
        let database = PostgresConfiguration(url: url)
        let report = try await Migrator(directory: layout.migrations).migrate(database)
        if report.didChange { logger.notice("database migrated", metadata: ["version": "\(report.version)"]) }
        try home.remember(databaseURL: url)

        let cache = BlobCache()
        let client = PostgresClient(
            database, connections: min(settings.databaseConnections, 6), logger: logger)
        let listener = PostgresListener(database, channels: [PostgresLog.channel], logger: logger)
        let log = PostgresLog(
            configuration: database, client: client, listener: listener, cache: cache, logger: logger)
        let blobs = PostgresBlobStore(client: client, cache: cache)
        let claims = EagerClaims()
        let projector = Projector(client: client, log: log, logger: logger)
        let life = settings.retention.life
        let expiry = SessionExpiry(client: client, log: log, life: life, logger: logger)
        let upkeep = Upkeep(
            client: client,
            works: [
                LogUpkeep(client: client, logger: logger).work,
                expiry.work(every: settings.retention.cleanupInterval),
            ], logger: logger)
        let executor = LocalExecutor.service(
            log: log, queue: PostgresQueue(client: client), blobs: blobs, claims: claims,
            configuration: settings.executor, limits: settings.limits,
            python: Python.environment(interpreter: settings.python, home: home), runtimes: layout.runtimes,
            programs: layout.programs, cache: home.cache, logger: logger)

        // The client must run before anything can be prepared, and outlive everything that uses it.
        try await withThrowingTaskGroup(of: Void.self) { group in
            let base = ServiceGroup(
                configuration: ServiceGroupConfiguration(services: [client, listener, log], logger: logger))
            group.addTask { try await base.run() }
            do {
                try await log.prepare()
                let languages = try await executor.prepare()
                let server = HTTPServer(
                    configuration: settings.http,
                    dependencies: HTTPDependencies(
                        log: log, blobs: blobs, sessions: PostgresSessionReader(client: client, life: life),
                        ledger: LedgerQueries(client: client, life: life), accounts: PostgresKeyAccounts(client: client),
                        idempotency: PostgresIdempotencyKeys(
                            client: client,
                            lifetime: Int(settings.http.limits.idempotencyLifetime.components.seconds)),
                        claims: claims, languages: languages,
                        readiness: checks(client, executor),
                        probes: ServiceChecks(client: client, executor: executor, languages: languages).probes,
                        logger: logger))
                let welcome = Welcome(
                    host: settings.http.host, port: settings.http.port, isSecure: settings.http.tls != nil,
                    key: generatedKey)
                var configuration = ServiceGroupConfiguration(
                    services: [projector, upkeep, executor, server, welcome] as [any Service],
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
                // Requests wait for their runs and the executor for its own; when the grace is over, what is left
                // is cancelled, and its executions are handed over by lease.
                configuration.maximumGracefulShutdownDuration = settings.executor.grace
                let services = ServiceGroup(configuration: configuration)
                try await services.run()
            } catch {
                await base.triggerGracefulShutdown()
                throw error
            }
            await log.close()
            await base.triggerGracefulShutdown()
            try await group.waitForAll()
        }
        logger.notice("stopped")
    }

    private func checks(
        _ client: PostgresClient, _ executor: ExecutorService
    ) -> [HTTPDependencies.ReadinessCheck] {
        let probe = SQLQuery("select 1", isIdempotent: true)
        return [
            HTTPDependencies.ReadinessCheck(name: "postgres") { try await client.query(probe) },
            HTTPDependencies.ReadinessCheck(name: "blob_store") {
                try await client.query(SQLQuery("select 1 from runledger.blob limit 1", isIdempotent: true))
            },
            HTTPDependencies.ReadinessCheck(name: "executor") { try executor.check() },
        ]
    }
}
