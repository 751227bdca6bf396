import HTTP

/// Who else is let in, how much they may do, and over what: tokens, rate limits, TLS (CONTRACT 3.1, 4.2, 13.4).
extension Settings {
    mutating func readAccess(_ environment: inout Environment) {
        http.rateLimitEnabled = environment.flag("RATE_LIMIT_ENABLED", default: true)
        readTokens(&environment)
        readTLS(&environment)
    }

    /// Whether anybody could be let in by what is configured.
    var hasWayIn: Bool {
        !http.apiKeys.isEmpty || http.masterKey != nil || http.tokens != nil || !http.trustedNetworks.isEmpty
            || !http.authEnabled
    }

    private mutating func readTokens(_ environment: inout Environment) {
        var sources: [TokenConfiguration.Source] = []
        if let text = environment.text("CODEAPI_JWT_JWKS_JSON") { sources.append(.keySet(text)) }
        if let path = environment.text("CODEAPI_JWT_PUBLIC_KEYS_DIR") { sources.append(.folder(path)) }
        if let key = environment.text("CODEAPI_JWT_PUBLIC_KEY") {
            if let id = environment.text("CODEAPI_JWT_KID") {
                sources.append(.key(key, id: id))
            } else {
                environment.report("CODEAPI_JWT_PUBLIC_KEY needs CODEAPI_JWT_KID, the id that tokens call it by")
            }
        }
        // Read even when nothing is verified, so that a value out of range never goes unnoticed.
        var tokens = TokenConfiguration(sources: sources)
        tokens.issuer = environment.text("CODEAPI_JWT_ISSUER") ?? tokens.issuer
        tokens.audience = environment.text("CODEAPI_JWT_AUDIENCE") ?? tokens.audience
        tokens.clockSkewSeconds = environment.integer("CODEAPI_JWT_CLOCK_SKEW_SECONDS", default: 30, in: 0...300)
        tokens.maxLifetimeSeconds = environment.integer("CODEAPI_JWT_MAX_TTL_SECONDS", default: 300, in: 1...86_400)
        tokens.keyLifetime = .seconds(
            environment.integer("CODEAPI_JWT_KEY_CACHE_TTL_SECONDS", default: 30, in: 0...86_400))
        tokens.singleTenant = environment.text("CODEAPI_JWT_SINGLE_TENANT_ID") ?? tokens.singleTenant
        tokens.isTenantRequired = environment.flag("CODEAPI_TENANT_ISOLATION_STRICT", default: false)
        tokens.auditorRoles = Set(environment.list("JWT_AUDITOR_ROLES"))
        tokens.adminRoles = Set(environment.list("JWT_ADMIN_ROLES"))
        let perMinute = environment.integer("JWT_RATE_LIMIT_PER_MINUTE", default: 0, in: 0...1_000_000_000)
        tokens.requestsPerMinute = perMinute > 0 ? Int64(perMinute) : nil
        let names = environment.list("CODEAPI_JWT_ALLOWED_ALGS")
        if !names.isEmpty {
            let algorithms = names.compactMap(TokenConfiguration.Algorithm.init)
            tokens.algorithms = Set(algorithms)
            if algorithms.count < names.count {
                environment.report("CODEAPI_JWT_ALLOWED_ALGS must be a comma list of EdDSA and RS256")
            }
        }
        http.tokens = sources.isEmpty ? nil : tokens
    }

    private mutating func readTLS(_ environment: inout Environment) {
        let isWanted = environment.flag("ENABLE_HTTPS", default: false)
        let port = environment.integer("HTTPS_PORT", default: 443, in: 1...65_535)
        guard isWanted else { return }
        http.port = port
        guard let certificate = environment.text("SSL_CERT_FILE"), let key = environment.text("SSL_KEY_FILE") else {
            return environment.report("ENABLE_HTTPS=true needs SSL_CERT_FILE and SSL_KEY_FILE")
        }
        do {
            http.tls = try TLSIdentity(
                certificate: certificate, key: key, chain: environment.text("SSL_CA_CERTS"))
        } catch {
            environment.report(error.description)
        }
    }
}

extension Environment {
    /// The trimmed, non-empty elements of a comma list.
    fileprivate func list(_ name: String) -> [String] {
        (text(name) ?? "").split(separator: ",").map { String($0).trimmingWhitespace }.filter { !$0.isEmpty }
    }
}
