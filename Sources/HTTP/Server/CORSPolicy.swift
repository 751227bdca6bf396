import HTTPTypes
import Hummingbird

/// Which web pages of other origins may call the API (CONTRACT 13.2).
public enum CORSPolicy: Sendable, Equatable {
    /// Any page, but never with the browser's credentials.
    case everyone
    /// Pages of these origins, with credentials.
    case origins([String])

    private static let methods = "GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD"
    private static let exposed =
        "Content-Disposition, X-Request-Id, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, "
        + "X-RateLimit-Reset, X-RateLimit-Period"

    /// The answer to a preflight of an admitted origin; nil for any other request.
    func preflight(_ request: Request) -> Response? {
        guard request.method == .options, request.headers[.accessControlRequestMethod] != nil,
            allowed(request.headers[.origin]) != nil
        else { return nil }
        var headers: HTTPFields = [.accessControlAllowMethods: Self.methods, .accessControlMaxAge: "3600"]
        headers[.accessControlAllowHeaders] = request.headers[.accessControlRequestHeaders]
        return Response(status: .noContent, headers: headers)
    }

    /// Adds what lets the page of an admitted origin read an answer.
    func admit(_ request: HTTPFields, to response: inout HTTPFields) {
        if case .origins = self { response[.vary] = "Origin" }
        guard let allowed = allowed(request[.origin]) else { return }
        response[.accessControlAllowOrigin] = allowed
        response[.accessControlExposeHeaders] = Self.exposed
        if case .origins = self { response[.accessControlAllowCredentials] = "true" }
    }

    private func allowed(_ origin: String?) -> String? {
        guard let origin else { return nil }
        switch self {
        case .everyone: return "*"
        case .origins(let origins): return origins.contains(origin) ? origin : nil
        }
    }
}
