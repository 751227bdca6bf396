import HTTPTypes
import Hummingbird
import NIOCore

/// Where areas register their routes. Each path is written once, without prefix, with its captures as `:name`
/// (`:session_id`, `:file_id`, `:execution_id`).
struct Routes {
    /// A handler behind a credential check.
    typealias Handler = @Sendable (Request, APIRequestContext, Caller) async throws -> Response
    /// A handler that gets its body as JSON.
    typealias JSONHandler = @Sendable (JSONBody, Request, APIRequestContext, Caller) async throws -> Response
    /// A handler anyone may call.
    typealias OpenHandler = @Sendable (Request, APIRequestContext) async throws -> Response

    let router: Router<APIRequestContext>
    let table: RouteTable
    let entrance: Entrance
    let limits: HTTPConfiguration.Limits

    /// Under which prefixes a route is served (the "prefix" column of CONTRACT section 1).
    enum Prefix {
        /// `/x` and `/v1/x` alike: "x2".
        case both
        case v1
        case root

        func paths(_ path: String) -> [String] {
            switch self {
            case .both: [path, "/v1" + path]
            case .v1: ["/v1" + path]
            case .root: [path]
            }
        }
    }

    /// Registers a route for callers of a role.
    ///
    /// - Parameter counts: false when its requests do not count against rate limits (health, metrics).
    func on(
        _ prefix: Prefix, _ method: HTTPRequest.Method, _ path: String, for access: Access, counts: Bool = true,
        use handler: @escaping Handler
    ) {
        register(prefix, method, path) { [entrance] request, context in
            let caller = try await entrance.authenticator.caller(of: request, peer: context.peer)
            try await entrance.admit(caller, context, access, counts: counts)
            return try await handler(request, context, caller)
        }
    }

    /// Registers a route that takes JSON, and accepts a credential in it (CONTRACT 3.1).
    ///
    /// - Parameter counts: whether a request with this body counts against rate limits.
    func json(
        _ prefix: Prefix, _ method: HTTPRequest.Method, _ path: String, for access: Access,
        counts: @escaping @Sendable (JSONBody) -> Bool = { _ in true }, use handler: @escaping JSONHandler
    ) {
        register(prefix, method, path) { [entrance, limits] request, context in
            let (caller, body) = try await entrance.authenticator.callerAndBody(
                of: request, peer: context.peer, limit: limits.maxJSONBodyBytes)
            try await entrance.admit(caller, context, access, counts: counts(body))
            return try await handler(body, request, context, caller)
        }
    }

    /// Registers a route that needs no credential.
    func open(_ prefix: Prefix, _ method: HTTPRequest.Method, _ path: String, use handler: @escaping OpenHandler) {
        register(prefix, method, path) { request, context in
            context.standing.verdict = .exempt
            return try await handler(request, context)
        }
    }

    private func register(
        _ prefix: Prefix, _ method: HTTPRequest.Method, _ path: String, use handler: @escaping OpenHandler
    ) {
        for path in prefix.paths(path) {
            table.add(method, path)
            router.on(RouterPath(path), method: method) { request, context in try await handler(request, context) }
        }
    }

    /// Registers a route served at `/x` and `/v1/x`.
    func x2(_ method: HTTPRequest.Method, _ path: String, for access: Access, use handler: @escaping Handler) {
        on(.both, method, path, for: access, use: handler)
    }

    /// Registers a route served at `/v1/x` only.
    func v1(_ method: HTTPRequest.Method, _ path: String, for access: Access, use handler: @escaping Handler) {
        on(.v1, method, path, for: access, use: handler)
    }
}

/// What stands between every caller and a handler: who is it, the limits, then the role.
struct Entrance: Sendable {
    let authenticator: Authenticator
    let meter: RequestMeter

    /// - Throws: 429, or 403 when the caller's role does not suffice.
    func admit(_ caller: Caller, _ context: APIRequestContext, _ access: Access, counts: Bool) async throws {
        try await meter.admit(caller, context.standing, counts: counts)
        if case .admin = access, !authenticator.hasAdmin {
            throw APIError.forbidden("Admin operations are disabled (no MASTER_API_KEY configured)")
        }
        try access.check(caller)
    }
}

/// Some routes of one subject.
protocol RouteArea: Sendable {
    init(_ services: APIServices)
    func register(on routes: Routes)
}
