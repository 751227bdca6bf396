public import Events

/// Everything the HTTP side can be told, with the defaults of CONTRACT 14. Whoever reads the environment fills it.
public struct HTTPConfiguration: Sendable {
    /// When a run may join a session that only its file references name (CONTRACT 5.2, rule 3).
    public enum SessionReuse: String, Sendable {
        case auto, explicit
    }

    /// Address to listen on.
    public var host = "127.0.0.1"
    /// Port to listen on.
    public var port = 8000
    /// Speaks HTTPS with this certificate; plain HTTP when nil.
    public var tls: TLSIdentity?
    /// Adds `X-Response-Time-Ms` and serves `/config`.
    public var debug = false
    /// Serves `/openapi.json` and the documentation pages.
    public var enableDocs = true
    /// One log line for each answer.
    public var accessLogs = true
    /// Hours that sessions live after their last use, 0 for ever; shown by `/status`.
    public var sessionHours = 0
    /// Shown by `/health` and the OpenAPI document.
    public var version = "0.1.0"

    /// `API_KEY` and `API_KEYS`.
    public var apiKeys: [String] = []
    /// `MASTER_API_KEY`.
    public var masterKey: String?
    /// Tenant of all environment keys; each its own when nil.
    public var envKeysTenant: String?
    /// False accepts requests without any credential.
    public var authEnabled = true
    /// Peers that need no credential.
    public var trustedNetworks: [CIDR] = []
    /// Failed credentials from one peer within `authFailureWindow` before further invalid ones get 429.
    public var authFailureLimit = 30
    /// How long failures count.
    public var authFailureWindow = Duration.seconds(300)
    /// Which bearer tokens are believed; none when nil.
    public var tokens: TokenConfiguration?
    /// `RATE_LIMIT_ENABLED`: false lifts every rate limit of keys and tokens.
    public var rateLimitEnabled = true

    /// Which web pages of other origins may call the API; nobody's when nil.
    public var cors: CORSPolicy?

    /// Sizes and times.
    public var limits = Limits()

    /// `SESSION_REUSE`.
    public var sessionReuse = SessionReuse.auto

    /// Whether Python runs keep their variables (`STATE_PERSISTENCE_ENABLED`).
    public var statePersistence = true
    /// `STATE_TTL_SECONDS` and `STATE_ARCHIVE_TTL_DAYS`.
    public var stateLife = StateLife.standard

    /// The defaults.
    public init() {}

    /// Sizes and times a request may not exceed (CONTRACT 5.8, 7.7, 13.3).
    public struct Limits: Sendable {
        /// Bytes of one file, uploaded or written by a run.
        public var maxFileBytes: Int64 = 150 << 20
        /// Bytes of all current files of a session.
        public var maxTotalFileBytes: Int64 = 2048 << 20
        /// Current names of a session.
        public var maxFilesPerSession = 1000
        /// File parts of one upload.
        public var maxFilesPerUpload = 200
        /// Items of `files` in a run.
        public var maxInputFiles = 1000
        /// Bytes of a JSON body.
        public var maxJSONBodyBytes = 50 << 20
        /// Bytes of the header block.
        public var maxHeaderBytes = 32 << 10
        /// Bytes of the request target.
        public var maxURLBytes = 8 << 10
        /// How long a request body may stall.
        public var requestBodyTimeout = Duration.seconds(30)
        /// How long a part of the house has to say how it is.
        public var healthPatience = Duration.seconds(5)
        /// How long one upload may take in all. Bytes written ahead of their event are swept after twice that.
        public var longestUpload = Duration.seconds(12 * 3600)
        /// How long a connection may idle between requests. Below 75 s Node clients report "socket hang up".
        public var idleTimeout = Duration.seconds(90)
        /// Runs this process executes at a time.
        public var maxConcurrentExecutions = 10
        /// Runs that may wait beyond those before further ones get 503.
        public var maxQueuedExecutions = 200
        /// How long a run may wait for an executor before it is given up.
        public var queueTimeout = Duration.seconds(30)
        /// How long a run may wait for its turn in its session before it is given up.
        public var sessionLockWait = Duration.seconds(60)
        /// How long an answer may be in coming before bytes are sent that keep the connection alive; zero sends none.
        public var streamKeepalive = Duration.seconds(3)
        /// How long a client may repeat itself under one `Idempotency-Key`.
        public var idempotencyLifetime = Duration.seconds(24 * 3600)
        /// Whether a client that goes away takes its run with it.
        public var cancelsOnDisconnect = true
        /// Seconds a run may take at most.
        public var maxExecutionSeconds = 30
        /// MiB of memory of a run, for its message only.
        public var maxMemoryMB = 512
        /// Unicode scalars of one stream in an answer.
        public var maxOutputChars = 65_536
        /// Bytes of a Python state.
        public var maxStateBytes = 50 << 20
        /// Unicode scalars of stdout when a run only reads one file (CONTRACT 5.8.6).
        public var fileReadMaxChars = 1_048_576

        /// How long a continuation token is valid.
        public var toolTokenLifetime = Duration.seconds(86400)

        /// The defaults.
        public init() {}
    }
}

/// Keys must not reach a log by way of a value that happens to contain the configuration.
extension HTTPConfiguration: CustomStringConvertible, CustomReflectable {
    /// Address only.
    public var description: String { "HTTPConfiguration(\(host):\(port))" }

    /// Address only.
    public var customMirror: Mirror { Mirror(self, children: ["host": host, "port": port]) }
}
