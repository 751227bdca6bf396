public import Events
public import Logging
public import Projections

/// What the HTTP side needs from the rest of the house.
public struct HTTPDependencies: Sendable {
    /// A question whose failure makes `/ready` answer 503, under the name it is shown by.
    public struct ReadinessCheck: Sendable {
        /// As `/ready` shows it.
        public var name: String
        /// Returns when all is well; throws otherwise. Given two seconds.
        public var check: @Sendable () async throws -> Void

        /// A check under a name.
        public init(name: String, check: @escaping @Sendable () async throws -> Void) {
            self.name = name
            self.check = check
        }
    }

    /// Where requests go and results come from.
    public var log: any EventLog
    /// Code, streams and files.
    public var blobs: any BlobStore
    /// Questions about one session.
    public var sessions: any SessionReader
    /// Questions across sessions.
    public var ledger: any LedgerReader
    /// What is counted about keys.
    public var accounts: any KeyAccounts
    /// How clients used their idempotency keys.
    public var idempotency: any IdempotencyKeys
    /// Where an executor of this process offers free slots.
    public var claims: EagerClaims
    /// All thirteen languages, available or not.
    public var languages: [LanguageAvailability]
    /// Asked by `/ready`.
    public var readiness: [ReadinessCheck]
    /// Asked by the service pages.
    public var probes: ServiceProbes
    /// Used for what went wrong, never for credentials.
    public var logger: Logger

    /// All of them.
    public init(
        log: any EventLog, blobs: any BlobStore, sessions: any SessionReader, ledger: any LedgerReader,
        accounts: any KeyAccounts, idempotency: any IdempotencyKeys, claims: EagerClaims,
        languages: [LanguageAvailability], readiness: [ReadinessCheck], probes: ServiceProbes = ServiceProbes(),
        logger: Logger
    ) {
        self.log = log
        self.blobs = blobs
        self.sessions = sessions
        self.ledger = ledger
        self.accounts = accounts
        self.idempotency = idempotency
        self.claims = claims
        self.languages = languages
        self.readiness = readiness
        self.probes = probes
        self.logger = logger
    }
}

/// What every area's routes are made from.
struct APIServices: Sendable {
    let configuration: HTTPConfiguration
    let dependencies: HTTPDependencies
    let readiness: Readiness
    let runs: RunGate
    let keys: KeyServices
    let tally: RequestTally

    var limits: HTTPConfiguration.Limits { configuration.limits }
    var log: any EventLog { dependencies.log }
    var blobs: any BlobStore { dependencies.blobs }
    var sessions: any SessionReader { dependencies.sessions }
    var ledger: any LedgerReader { dependencies.ledger }
}
