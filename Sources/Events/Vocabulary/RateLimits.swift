/// The windows of rate limits: calendar-aligned in UTC (CONTRACT 4.2). The order is that of the SQL function.
public enum RatePeriod: String, Sendable, CaseIterable {
    case perSecond = "per_second"
    case perMinute = "per_minute"
    case hourly, daily, monthly
}

/// How many requests a key may make in each window.
public struct RateLimits: Sendable, Equatable {
    /// In the order of `RatePeriod.allCases`; nil is unlimited.
    public private(set) var values: [Int64?]

    /// No limit at all.
    public init() { values = RatePeriod.allCases.map { _ in nil } }

    /// Whether nothing is limited, so that nothing has to be counted.
    public var isUnlimited: Bool { values.allSatisfy { $0 == nil } }

    /// The limit of a window; nil is unlimited.
    public subscript(period: RatePeriod) -> Int64? {
        get { values[Self.index(period)] }
        set { values[Self.index(period)] = newValue }
    }

    private static func index(_ period: RatePeriod) -> Int {
        switch period {
        case .perSecond: 0
        case .perMinute: 1
        case .hourly: 2
        case .daily: 3
        case .monthly: 4
        }
    }

    /// All five members, as the API shows them.
    public var json: JSONValue {
        .object(zip(RatePeriod.allCases, values).map { JSONMember($0.rawValue, .int(orNull: $1)) })
    }

    init(_ json: JSONValue?) {
        self.init()
        for period in RatePeriod.allCases { self[period] = json?[period.rawValue]?.int }
    }
}
