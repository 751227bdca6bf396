public import Events
public import Postgres

/// The accounts of keys in PostgreSQL: each question and each count is one statement.
public struct PostgresKeyAccounts: KeyAccounts {
    private static let record = "select runledger.record_key_uses($1, $2, $3)"
    private static let uses = "select key_hash, use_count, last_used_at from runledger.key_use"
    private static let admit = "select admitted, used, ends, judged_at from runledger.admit_request($1, $2, $3)"
    private static let prune = "select runledger.prune_rate_windows()"

    private let client: PostgresClient

    /// Over a client that runs.
    public init(client: PostgresClient) { self.client = client }

    public func record(_ uses: [Digest32: KeyUse]) async throws {
        // By array, so that the three columns keep one order.
        let entries = Array(uses)
        try await client.query(
            SQLQuery(
                Self.record,
                [
                    .bytesArray(entries.map(\.key)), .int8Array(entries.map(\.value.count)),
                    .int8Array(entries.map(\.value.last.milliseconds)),
                ]))
    }

    public func uses() async throws -> [Digest32: KeyUse] {
        let rows = try await client.query(SQLQuery(Self.uses, isIdempotent: true)).rows
        return try Dictionary(
            uniqueKeysWithValues: rows.map { row in
                (
                    try row.decode(0, as: [UInt8].self),
                    KeyUse(
                        count: try row.decode(1),
                        last: Timestamp(milliseconds: try row.decode(2, as: Int64.self) / 1000))
                )
            })
    }

    public func admit(_ subject: String, limits: RateLimits, counts: Bool) async throws -> RateVerdict {
        let query = SQLQuery(
            Self.admit, [.text(subject.withoutNUL), .int8Array(limits.values), .bool(counts)], isIdempotent: !counts)
        do {
            guard let row = try await client.query(query).rows.first else {
                throw LogError(.corrupt, "admit_request answered nothing")
            }
            let used: [Int64] = try row.decode(1)
            let ends: [Int64] = try row.decode(2)
            let windows = zip(RatePeriod.allCases, zip(used, ends)).map { period, window in
                RateVerdict.Window(
                    period: period, limit: limits[period], used: window.0, end: Timestamp(milliseconds: window.1))
            }
            return RateVerdict(
                isAdmitted: try row.decode(0), windows: windows,
                judgedAt: Timestamp(milliseconds: try row.decode(3)))
        } catch let error as PostgresError where error.isAbsence {
            throw LogError(.unavailable, "the rate limits cannot be checked: \(error.message)")
        }
    }

    public func prune() async throws { try await client.query(SQLQuery(Self.prune, isIdempotent: true)) }
}

extension PostgresError {
    /// Whether the server was not there, as opposed to having said no.
    fileprivate var isAbsence: Bool {
        switch code {
        case .connectionLost, .outcomeUnknown, .closed, .timeout: true
        default: false
        }
    }
}
