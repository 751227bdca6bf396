import Events
import JWTKit
import Logging

/// Tells whose a bearer token is: form, key, signature, claims, in this order.
struct TokenVerifier: Sendable {
    private let rules: TokenRules
    private let keys: TokenKeyStore
    private let logger: Logger

    init(_ configuration: TokenConfiguration, logger: Logger) {
        rules = TokenRules(configuration: configuration)
        keys = TokenKeyStore(configuration, logger: logger)
        self.logger = logger
    }

    /// Whether some role in a token makes an admin.
    var hasAdminRoles: Bool { !rules.configuration.adminRoles.isEmpty }

    /// The identity of a valid token, else nil. Why not is logged at debug level, without anything of the token.
    func identity(of text: String, now: Timestamp = .now()) async -> Identity? {
        guard let token = SignedToken(text) else { return refuse("its form") }
        guard let algorithm = TokenConfiguration.Algorithm(rawValue: token.algorithm),
            rules.configuration.algorithms.contains(algorithm)
        else { return refuse("its algorithm") }
        guard let key = await keys.key(token.keyID), key.algorithm == algorithm else { return refuse("its key") }
        guard (try? key.verifier.verify(token.signature, signs: token.signed)) == true else {
            return refuse("its signature")
        }
        do {
            return try rules.identity(token.claims, now: now)
        } catch {
            return refuse("its claim \(error.claim)")
        }
    }

    private func refuse(_ reason: String) -> Identity? {
        logger.debug("bearer token refused because of \(reason)")
        return nil
    }
}
