import Events
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Finds out who calls (CONTRACT 3.1): gathers every credential, lets the first valid one act, keeps all valid ones.
final class Authenticator: Sendable {
    private let environment: KeyRing
    private let directory: KeyDirectory
    private let tokens: TokenVerifier?
    private let failures: FailureLimiter
    private let trustedNetworks: [CIDR]
    private let isRequired: Bool

    private static let trusted = Identity(
        owner: Owner(tenant: "trusted"), actor: Actor(id: "trusted", kind: "trusted_network"))
    private static let anonymous = Identity(
        owner: Owner(tenant: "anonymous"), actor: Actor(id: "anonymous", kind: "anonymous"))

    init(_ configuration: HTTPConfiguration, environment: KeyRing, directory: KeyDirectory, logger: Logger) {
        self.environment = environment
        self.directory = directory
        tokens = configuration.tokens.map { TokenVerifier($0, logger: logger) }
        failures = FailureLimiter(limit: configuration.authFailureLimit, window: configuration.authFailureWindow)
        trustedNetworks = configuration.trustedNetworks
        isRequired = configuration.authEnabled
    }

    /// Whether anybody can be an admin at all.
    var hasAdmin: Bool {
        environment.entries.contains { $0.identity.role == .admin } || directory.hasAdmin
            || tokens?.hasAdminRoles == true
    }

    /// What the credentials of a request prove.
    private struct Proof {
        var identities: [Identity] = []
        /// A key that would be valid if it were not switched off.
        var hasDisabledKey = false
        var hasKeys = false
        var hasTokens = false
    }

    /// The caller of a request whose body holds no credential.
    func caller(of request: Request, peer: SocketAddress?) async throws -> Caller {
        try caller(await proof(of: request.headers), peer: peer)
    }

    /// The caller of a request with a JSON body, and that body without its credentials.
    ///
    /// A key in the body is looked up only when the headers gave no valid identity. Without any identity a
    /// malformed body is a 401, not a 400: strangers learn nothing about validation.
    func callerAndBody(of request: Request, peer: SocketAddress?, limit: Int) async throws -> (Caller, JSONBody) {
        var proof = await proof(of: request.headers)
        let isKnown = !proof.identities.isEmpty || !ambient(peer).isEmpty
        guard JSONBody.accepts(request.headers) else {
            _ = try caller(proof, peer: peer)
            throw APIError.unsupportedMediaType
        }
        let bytes = try await JSONBody.read(request, limit: limit)
        let body: JSONBody
        do {
            body = try JSONBody(bytes)
        } catch {
            if !isKnown { _ = try caller(proof, peer: peer) }
            throw error
        }
        if proof.identities.isEmpty { add(body.keys, to: &proof) }
        return (try caller(proof, peer: peer), body)
    }

    /// Who acts by the headers of a request that no route took, if they prove anybody.
    func acting(by headers: HTTPFields) async -> Identity? { await proof(of: headers).identities.first }

    private func proof(of headers: HTTPFields) async -> Proof {
        let credentials = Credentials(headers, takesTokens: tokens != nil)
        var proof = Proof(hasTokens: !credentials.tokens.isEmpty)
        for token in credentials.tokens {
            if let identity = await tokens?.identity(of: token) { proof.identities.append(identity) }
        }
        add(credentials.keys, to: &proof)
        return proof
    }

    private func add(_ keys: [String], to proof: inout Proof) {
        for key in keys {
            proof.hasKeys = true
            let digest = APIKey.digest(of: key)
            if let identity = environment.identity(of: digest) {
                proof.identities.append(identity)
            } else if let managed = directory.key(digest) {
                if managed.isEnabled { proof.identities.append(managed.identity) } else { proof.hasDisabledKey = true }
            }
        }
    }

    /// What a request is without any credential of its own.
    private func ambient(_ peer: SocketAddress?) -> [Identity] {
        var identities: [Identity] = []
        if let peer, trustedNetworks.contains(where: { $0.contains(peer) }) { identities.append(Self.trusted) }
        if !isRequired { identities.append(Self.anonymous) }
        return identities
    }

    private func caller(_ proof: Proof, peer: SocketAddress?) throws -> Caller {
        let identities = proof.identities + ambient(peer)
        if let acting = identities.first { return Caller(acting: acting, others: Array(identities.dropFirst())) }
        // Who presents nothing has not failed (C15).
        guard proof.hasKeys || proof.hasTokens else { throw APIError.unauthenticated("Missing API key") }
        if let wait = failures.record(peer?.ipAddress ?? "local") {
            throw APIError.rateLimited(
                "Too many failed credentials from this address", retryAfter: Int(wait.components.seconds) + 1)
        }
        if proof.hasDisabledKey { throw APIError.unauthenticated("API key is disabled") }
        throw APIError.unauthenticated(proof.hasKeys ? "Invalid API key" : "Invalid bearer token")
    }
}
