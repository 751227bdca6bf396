public import Events

/// How often a key was used, and when last.
public struct KeyUse: Sendable, Equatable {
    public var count: Int64
    public var last: Timestamp

    public init(count: Int64, last: Timestamp) {
        self.count = count
        self.last = last
    }
}

/// The verdict on a request of a subject with limits.
public struct RateVerdict: Sendable, Equatable {
    /// One of the five windows, in the order of `RatePeriod.allCases`.
    public struct Window: Sendable, Equatable {
        public var period: RatePeriod
        /// Nil is unlimited.
        public var limit: Int64?
        /// Requests that passed in it, this one included.
        public var used: Int64
        /// When the next one begins.
        public var end: Timestamp

        public init(period: RatePeriod, limit: Int64?, used: Int64, end: Timestamp) {
            self.period = period
            self.limit = limit
            self.used = used
            self.end = end
        }
    }

    public var isAdmitted: Bool
    public var windows: [Window]
    /// The database's clock, by which windows begin and end.
    public var judgedAt: Timestamp

    public init(isAdmitted: Bool, windows: [Window], judgedAt: Timestamp) {
        self.isAdmitted = isAdmitted
        self.windows = windows
        self.judgedAt = judgedAt
    }
}

/// What is counted about credentials, alike on every replica.
public protocol KeyAccounts: Sendable {
    /// Adds uses of keys, by their SHA-256.
    func record(_ uses: [Digest32: KeyUse]) async throws

    /// All uses recorded so far, by the SHA-256 of the keys.
    func uses() async throws -> [Digest32: KeyUse]

    /// Checks a request against limits and counts it if it passes, in one step for all replicas.
    ///
    /// - Parameter counts: false only looks.
    /// - Throws: `LogError` with code `unavailable` when the database does not answer.
    func admit(_ subject: String, limits: RateLimits, counts: Bool) async throws -> RateVerdict

    /// Forgets what no window needs any more.
    func prune() async throws
}
