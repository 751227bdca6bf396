import Events
import HTTPTypes
import Hummingbird
import NIOCore

/// Finds out who calls (CONTRACT 3.1): gathers every credential, lets the first valid one act, keeps all valid ones.
final class Authenticator: Sendable {
    private let keys: KeyRing
    private let failures: FailureLimiter
    private let trustedNetworks: [CIDR]
    private let isRequired: Bool

    private static let trusted = Identity(
        owner: Owner(tenant: "trusted"), actor: Actor(id: "trusted", kind: "trusted_network"))
    private static let anonymous = Identity(
        owner: Owner(tenant: "anonymous"), actor: Actor(id: "anonymous", kind: "anonymous"))

    init(_ configuration: HTTPConfiguration) {
        keys = KeyRing(configuration)
        failures = FailureLimiter(limit: configuration.authFailureLimit, window: configuration.authFailureWindow)
        trustedNetworks = configuration.trustedNetworks
        isRequired = configuration.authEnabled
    }

    /// The caller of a request whose body holds no credential.
    func caller(of request: Request, peer: SocketAddress?) async throws -> Caller {
        let credentials = Credentials(request.headers)
        return try caller(valid(credentials.keys), peer: peer, presented: !credentials.isEmpty)
    }

    /// The caller of a request with a JSON body, and that body without its credentials.
    ///
    /// A key in the body is looked up only when the headers gave no valid identity. Without any identity a
    /// malformed body is a 401, not a 400: strangers learn nothing about validation.
    func callerAndBody(of request: Request, peer: SocketAddress?, limit: Int) async throws -> (Caller, JSONBody) {
        let credentials = Credentials(request.headers)
        var identities = valid(credentials.keys)
        let isKnown = !identities.isEmpty || !ambient(peer).isEmpty
        guard JSONBody.accepts(request.headers) else {
            _ = try caller(identities, peer: peer, presented: !credentials.isEmpty)
            throw APIError.unsupportedMediaType
        }
        let bytes = try await JSONBody.read(request, limit: limit)
        let body: JSONBody
        do {
            body = try JSONBody(bytes)
        } catch {
            if !isKnown { _ = try caller([], peer: peer, presented: !credentials.isEmpty) }
            throw error
        }
        if identities.isEmpty { identities = valid(body.keys) }
        let presented = !credentials.isEmpty || !body.keys.isEmpty
        return (try caller(identities, peer: peer, presented: presented), body)
    }

    private func valid(_ candidates: [String]) -> [Identity] { candidates.compactMap(keys.identity(of:)) }

    /// What a request is without any credential of its own.
    private func ambient(_ peer: SocketAddress?) -> [Identity] {
        var identities: [Identity] = []
        if let peer, trustedNetworks.contains(where: { $0.contains(peer) }) { identities.append(Self.trusted) }
        if !isRequired { identities.append(Self.anonymous) }
        return identities
    }

    private func caller(_ proven: [Identity], peer: SocketAddress?, presented: Bool) throws -> Caller {
        let identities = proven + ambient(peer)
        if let acting = identities.first { return Caller(acting: acting, others: Array(identities.dropFirst())) }
        guard presented else { throw APIError.unauthenticated("Missing API key") }
        if let wait = failures.record(peer?.ipAddress ?? "local") {
            throw APIError.rateLimited(
                "Too many failed credentials from this address", retryAfter: Int(wait.components.seconds) + 1)
        }
        throw APIError.unauthenticated("Invalid API key")
    }
}
