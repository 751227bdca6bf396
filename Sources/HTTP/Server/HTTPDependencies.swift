public import Events
public import Logging
public import Projections

/// What the HTTP side needs from the rest of the house.
public struct HTTPDependencies: Sendable {
    /// A question whose failure makes `/ready` answer 503, under the name it is shown by.
    public struct ReadinessCheck: Sendable {
        public var name: String
        /// Returns when all is well; throws otherwise. Given two seconds.
        public var check: @Sendable () async throws -> Void

        public init(name: String, check: @escaping @Sendable () async throws -> Void) {
            self.name = name
            self.check = check
        }
    }

    public var log: any EventLog
    public var blobs: any BlobStore
    public var sessions: any SessionReader
    public var ledger: any LedgerReader
    /// Where an executor of this process offers free slots.
    public var claims: EagerClaims
    /// All thirteen languages, available or not.
    public var languages: [LanguageAvailability]
    public var readiness: [ReadinessCheck]
    public var logger: Logger

    public init(
        log: any EventLog, blobs: any BlobStore, sessions: any SessionReader, ledger: any LedgerReader,
        claims: EagerClaims, languages: [LanguageAvailability], readiness: [ReadinessCheck], logger: Logger
    ) {
        self.log = log
        self.blobs = blobs
        self.sessions = sessions
        self.ledger = ledger
        self.claims = claims
        self.languages = languages
        self.readiness = readiness
        self.logger = logger
    }
}

/// What every area's routes are made from.
struct APIServices: Sendable {
    let configuration: HTTPConfiguration
    let dependencies: HTTPDependencies
    let readiness: Readiness

    var limits: HTTPConfiguration.Limits { configuration.limits }
    var log: any EventLog { dependencies.log }
    var blobs: any BlobStore { dependencies.blobs }
    var sessions: any SessionReader { dependencies.sessions }
    var ledger: any LedgerReader { dependencies.ledger }
}
