/// Where a database is and how each connection to it is set up.
public struct PostgresConfiguration: Sendable {
    /// A libpq URL or keyword string. It may hold a password, so it is never part of an error or a log line.
    public var url: String
    /// Server settings applied to the session when it is made, e.g. `["plan_cache_mode": "force_generic_plan"]`.
    public var options: [String: String]
    /// How long one attempt may take, authentication and ``options`` included. Name resolution is not bounded by it.
    public var connectTimeout: Duration
    /// What `pg_stat_activity` shows, unless the URL says otherwise.
    public var applicationName: String

    /// Creates a configuration.
    public init(
        url: String,
        options: [String: String] = [:],
        connectTimeout: Duration = .seconds(5),
        applicationName: String = "runledger"
    ) {
        self.url = url
        self.options = options
        self.connectTimeout = connectTimeout
        self.applicationName = applicationName
    }

    /// The same database with further session settings; the new ones win.
    public func with(options more: [String: String]) -> PostgresConfiguration {
        var copy = self
        copy.options.merge(more) { _, new in new }
        return copy
    }
}

extension PostgresConfiguration: CustomStringConvertible {
    /// Names the type only: the URL may hold a password.
    public var description: String { "PostgresConfiguration" }
}
