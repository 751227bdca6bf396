public import Events

/// A part of the house that `/health/detailed` asks how it is (CONTRACT 12).
public struct ServiceCheck: Sendable {
    /// What a part says of itself.
    public struct Finding: Sendable, Equatable {
        /// Works, but not as it should.
        public var isDegraded: Bool
        /// Figures without secrets, host names or paths.
        public var details: [JSONMember]

        public init(isDegraded: Bool = false, details: [JSONMember] = []) {
            self.isDegraded = isDegraded
            self.details = details
        }
    }

    /// `postgres`, `blob_store`, `executor`, `pool` or `ledger`.
    public var name: String
    /// What stands behind the name, e.g. `local` or `kubernetes` for the executor.
    public var kind: String
    /// Really asks it; throws when it does not work.
    public var examine: @Sendable () async throws -> Finding

    public init(name: String, kind: String, examine: @escaping @Sendable () async throws -> Finding) {
        self.name = name
        self.kind = kind
        self.examine = examine
    }
}

/// What the service pages ask the house.
public struct ServiceProbes: Sendable {
    /// In the order they are shown.
    public var checks: [ServiceCheck]
    /// Executions on record.
    public var countExecutions: @Sendable () async throws -> Int64

    public init(
        checks: [ServiceCheck] = [], countExecutions: @escaping @Sendable () async throws -> Int64 = { 0 }
    ) {
        self.checks = checks
        self.countExecutions = countExecutions
    }
}

/// The words of CONTRACT 12.
enum HealthStatus: String, Sendable {
    case healthy, degraded, unhealthy, unknown
}

/// How one part was when it was asked.
struct ServiceReport: Sendable {
    let name: String
    let kind: String
    let status: HealthStatus
    let askedAt: Timestamp
    /// How long the answer took.
    let duration: Duration
    let details: [JSONMember]
    /// What is wrong, in words that tell nothing of the inside.
    let error: String?

    var milliseconds: Int64 { Int64(duration / .milliseconds(1)) }

    var json: JSONValue {
        [
            "service": .string(name), "status": .string(status.rawValue), "timestamp": .string(askedAt.description),
            "response_time_ms": .int(milliseconds),
            "details": .object([JSONMember("kind", .string(kind))] + details), "error": .string(orNull: error),
        ]
    }
}
