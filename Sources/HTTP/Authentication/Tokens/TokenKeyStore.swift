import Logging

/// Keeps the keys of tokens fresh without a restart: they are read again when they are old, or when a token names a
/// key that is not known.
actor TokenKeyStore {
    /// An unknown key id makes the keys be read again, but not more often than this.
    private static let shortestAge = Duration.seconds(1)

    private let sources: [TokenConfiguration.Source]
    private let lifetime: Duration
    private let logger: Logger
    private var keys: TokenKeys?
    private var loadedAt = ContinuousClock.now
    private var isLoading = false
    private var known: [String] = []

    init(_ configuration: TokenConfiguration, logger: Logger) {
        sources = configuration.sources
        lifetime = configuration.keyLifetime
        self.logger = logger
    }

    func key(_ id: String) async -> TokenKeys.Key? {
        let age = ContinuousClock.now - loadedAt
        let isStale = keys == nil || age >= lifetime || (keys?.keys[id] == nil && age >= Self.shortestAge)
        // While one request reads, the others go on with what there is.
        if isStale, !isLoading || keys == nil { await load() }
        return keys?.keys[id]
    }

    private func load() async {
        isLoading = true
        defer { isLoading = false }
        do {
            let loaded = try await TokenKeys.load(sources)
            warn(loaded.warnings)
            keys = loaded
        } catch {
            // The keys that were good a moment ago stay good.
            warn(["\(error.description); the keys read before stay in use"])
        }
        loadedAt = .now
    }

    /// Once for each state of affairs, not once for each reading.
    private func warn(_ warnings: [String]) {
        guard warnings != known else { return }
        known = warnings
        for warning in warnings { logger.warning("\(warning)") }
    }
}
