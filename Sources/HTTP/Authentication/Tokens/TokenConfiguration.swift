/// Which bearer tokens (JWT) are believed (CONTRACT 3.1, 14). LibreChat signs them, one for a request or a few.
public struct TokenConfiguration: Sendable {
    /// Signature algorithms that may be allowed; nothing symmetric, and never `none`.
    public enum Algorithm: String, Sendable, CaseIterable {
        /// Ed25519.
        case edDSA = "EdDSA"
        /// RSASSA-PKCS1-v1_5 with SHA-256; keys of at least 2048 bits.
        case rs256 = "RS256"
    }

    /// Where public keys come from.
    public enum Source: Sendable {
        /// The text of a JWK set: `CODEAPI_JWT_JWKS_JSON`.
        case keySet(String)
        /// A folder of PEM files, named by their key ids: `CODEAPI_JWT_PUBLIC_KEYS_DIR`.
        case folder(String)
        /// One PEM text, or the absolute path of one: `CODEAPI_JWT_PUBLIC_KEY` and `CODEAPI_JWT_KID`.
        case key(String, id: String)
    }

    /// All of them count; of equal key ids the last wins.
    public var sources: [Source]
    /// `iss` of every token.
    public var issuer = "librechat"
    /// One of `aud`.
    public var audience = "codeapi"
    /// What a token may be signed with.
    public var algorithms = Set(Algorithm.allCases)
    /// How far the signer's clock may be off.
    public var clockSkewSeconds = 30
    /// How long a token may be meant to live.
    public var maxLifetimeSeconds = 300
    /// After how long keys are read again.
    public var keyLifetime = Duration.seconds(30)
    /// The tenant of tokens that name none.
    public var singleTenant = "legacy"
    /// Whether a token must name its tenant.
    public var isTenantRequired = false
    /// Values of the `role` claim that make an auditor.
    public var auditorRoles: Set<String> = []
    /// Values of the `role` claim that make an admin.
    public var adminRoles: Set<String> = []
    /// Requests a principal may make a minute; nil is unlimited.
    public var requestsPerMinute: Int64?

    /// With the defaults of CONTRACT 14.
    public init(sources: [Source]) { self.sources = sources }

    /// Reads the keys once, to find mistakes before the server starts.
    ///
    /// - Throws: `TokenKeyError` naming the variable.
    public func check() async throws { _ = try await TokenKeys.load(sources) }
}

/// Public keys that cannot be used. The text names the variable, never a key.
public struct TokenKeyError: Error, Sendable, CustomStringConvertible {
    /// One sentence for the operator.
    public let description: String
}
