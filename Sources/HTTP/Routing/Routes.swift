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
    let authenticator: Authenticator
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
    func on(
        _ prefix: Prefix, _ method: HTTPRequest.Method, _ path: String, for access: Access,
        use handler: @escaping Handler
    ) {
        open(prefix, method, path) { [authenticator] request, context in
            let caller = try await authenticator.caller(of: request, peer: context.peer)
            try access.check(caller)
            return try await handler(request, context, caller)
        }
    }

    /// Registers a route that takes JSON, and accepts a credential in it (CONTRACT 3.1).
    func json(
        _ prefix: Prefix, _ method: HTTPRequest.Method, _ path: String, for access: Access,
        use handler: @escaping JSONHandler
    ) {
        open(prefix, method, path) { [authenticator, limits] request, context in
            let (caller, body) = try await authenticator.callerAndBody(
                of: request, peer: context.peer, limit: limits.maxJSONBodyBytes)
            try access.check(caller)
            return try await handler(body, request, context, caller)
        }
    }

    /// Registers a route that needs no credential.
    func open(_ prefix: Prefix, _ method: HTTPRequest.Method, _ path: String, use handler: @escaping OpenHandler) {
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

/// Some routes of one subject.
protocol RouteArea: Sendable {
    init(_ services: APIServices)
    func register(on routes: Routes)
}
