import Events

/// What the claims of a token must say (CONTRACT 3.1), and who its bearer then is. Pure.
struct TokenRules: Sendable {
    /// A claim that is missing or says the wrong thing. Its name may be logged; its value never is.
    struct Refusal: Error, Equatable {
        let claim: String
    }

    private static let principalSources: Set<String> = ["librechat_jwt", "openid_reuse"]
    private static let longestTokenID = 256

    let configuration: TokenConfiguration

    /// The identity of a token whose signature is good.
    ///
    /// The same `jti` may come many times: clients reuse a token for up to half a minute.
    func identity(_ claims: JSONValue, now: Timestamp) throws(Refusal) -> Identity {
        guard claims["iss"]?.string == configuration.issuer else { throw Refusal(claim: "iss") }
        let audiences = claims["aud"]?.array?.compactMap(\.string) ?? [claims["aud"]?.string].compactMap(\.self)
        guard audiences.contains(configuration.audience) else { throw Refusal(claim: "aud") }
        try checkTimes(claims, now: Double(now.milliseconds) / 1000)
        let subject = try text("sub", claims)
        guard try text("jti", claims).count <= Self.longestTokenID else { throw Refusal(claim: "jti") }
        _ = try text("auth_context_hash", claims)
        guard Self.principalSources.contains(try text("principal_source", claims)) else {
            throw Refusal(claim: "principal_source")
        }
        let stated = try tenant(claims)
        let role = try role(claims)
        var limits = RateLimits()
        limits[.perMinute] = configuration.requestsPerMinute
        return Identity(
            owner: Owner(tenant: stated ?? configuration.singleTenant, principal: subject),
            actor: Actor(id: subject, kind: "jwt"), role: role, endUser: subject, limits: limits,
            auditedTenant: role == .auditor ? stated : nil)
    }

    private func checkTimes(_ claims: JSONValue, now: Double) throws(Refusal) {
        let skew = Double(configuration.clockSkewSeconds)
        guard let issued = claims["iat"]?.double, issued <= now + skew else { throw Refusal(claim: "iat") }
        guard let start = claims["nbf"]?.double, start <= now + skew else { throw Refusal(claim: "nbf") }
        guard let end = claims["exp"]?.double, end > issued, end + skew > now,
            end - issued <= Double(configuration.maxLifetimeSeconds)
        else { throw Refusal(claim: "exp") }
    }

    /// A non-empty text without control characters: one could forge the separator inside an owner's key.
    private func text(_ claim: String, _ claims: JSONValue) throws(Refusal) -> String {
        guard let text = claims[claim]?.string, !text.isEmpty,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw Refusal(claim: claim) }
        return text
    }

    /// Nil when the token names none and need not.
    private func tenant(_ claims: JSONValue) throws(Refusal) -> String? {
        if claims["tenant_id"].map(\.isNull) ?? true {
            if configuration.isTenantRequired { throw Refusal(claim: "tenant_id") }
            return nil
        }
        return try text("tenant_id", claims)
    }

    /// Only roles that the operator listed grant anything (D6).
    private func role(_ claims: JSONValue) throws(Refusal) -> Role {
        guard let claim = claims["role"], !claim.isNull else { return .client }
        guard let name = claim.string else { throw Refusal(claim: "role") }
        if configuration.adminRoles.contains(name) { return .admin }
        return configuration.auditorRoles.contains(name) ? .auditor : .client
    }
}
