import HTTP

/// Who may do how much: what stands beside the keys themselves.
extension Settings {
    mutating func readAccess(_ environment: inout Environment) {
        http.rateLimitEnabled = environment.flag("RATE_LIMIT_ENABLED", default: true)
    }

    /// Whether anybody could be let in by what is configured.
    var hasWayIn: Bool {
        !http.apiKeys.isEmpty || http.masterKey != nil || !http.trustedNetworks.isEmpty || !http.authEnabled
    }
}
