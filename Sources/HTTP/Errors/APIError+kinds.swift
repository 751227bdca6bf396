import Events
import HTTPTypes

extension APIError {
    /// 400: the request breaks a rule; `field` names where.
    static func invalid(_ error: String, field: String? = nil, code: String? = nil, detail: String? = nil) -> APIError {
        APIError(.badRequest, "validation", error, details: Self.details(error, field, code, detail))
    }

    /// 422: a required field is missing or of the wrong type.
    static func unprocessable(_ error: String, field: String? = nil, code: String? = nil) -> APIError {
        APIError(.unprocessableContent, "validation", error, details: Self.details(error, field, code, nil))
    }

    /// 401 with the challenge every 401 carries.
    static func unauthenticated(_ error: String) -> APIError {
        APIError(
            .unauthorized, "authentication", error, headers: [.wwwAuthenticate: "Bearer realm=\"runledger\""])
    }

    /// 403: the role lacks the right.
    static func forbidden(_ error: String) -> APIError { APIError(.forbidden, "authorization", error) }

    /// 404. A foreign thing must get the same text as an unknown one.
    static func notFound(_ error: String) -> APIError { APIError(.notFound, "resource_not_found", error) }

    static let unknownRoute = notFound("Not found")
    static let fileNotFound = notFound("File not found")
    static let sessionNotFound = notFound("Session not found")
    static let executionNotFound = notFound("Execution not found")

    /// 405 naming the methods that would do.
    static func methodNotAllowed(_ allowed: [String]) -> APIError {
        APIError(
            .methodNotAllowed, "validation", "Method not allowed", headers: [.allow: allowed.joined(separator: ", ")])
    }

    /// 408: the body stalled.
    static func bodyStalled(seconds: Int) -> APIError {
        APIError(
            .requestTimeout, "timeout", "The request body stalled for more than \(seconds) seconds",
            closesConnection: true)
    }

    /// 409.
    static func conflict(_ error: String, field: String? = nil, code: String? = nil) -> APIError {
        APIError(.conflict, "resource_conflict", error, details: Self.details(error, field, code, nil))
    }

    /// 413. With `closesConnection` the rest of an unread body is not waited for.
    static func tooLarge(
        _ error: String, field: String? = nil, code: String? = nil, closesConnection: Bool = false
    ) -> APIError {
        APIError(
            .contentTooLarge, "resource_exhausted", error, details: Self.details(error, field, code, nil),
            closesConnection: closesConnection)
    }

    /// 414.
    static func urlTooLong(limit: Int) -> APIError {
        APIError(.uriTooLong, "validation", "The URL is longer than \(limit) bytes")
    }

    /// 431.
    static func headersTooLarge(limit: Int) -> APIError {
        APIError(
            .requestHeaderFieldsTooLarge, "validation", "The request headers are larger than \(limit) bytes")
    }

    /// 415.
    static let unsupportedMediaType = APIError(
        .unsupportedMediaType, "validation", "Content-Type must be application/json",
        details: [Detail(field: "Content-Type", message: "Only JSON bodies are accepted here", code: nil)])

    /// 416.
    static func rangeNotSatisfiable(size: Int) -> APIError {
        APIError(
            .rangeNotSatisfiable, "validation", "The range lies outside the \(size) bytes there are",
            headers: [.contentRange: "bytes */\(size)"])
    }

    /// 429 of the limiter for failed credentials; the same body a rate limit has (CONTRACT 4.2).
    static func rateLimited(_ message: String, retryAfter seconds: Int) -> APIError {
        let seconds = max(1, seconds)
        var error = APIError(
            .tooManyRequests, "rate_limited", "rate_limited", message: message,
            headers: [.retryAfter: String(seconds)])
        error.members = [.init("retry_after_seconds", .int(seconds))]
        return error
    }

    /// 500. The cause goes to the log only.
    static let unexpected = APIError(.internalServerError, "internal_server", "Internal server error")

    /// 503.
    static func unavailable(_ error: String, retryAfter seconds: Int = 1) -> APIError {
        APIError(.serviceUnavailable, "service_unavailable", error, headers: [.retryAfter: String(seconds)])
    }

    private static func details(_ error: String, _ field: String?, _ code: String?, _ detail: String?) -> [Detail] {
        guard field != nil || code != nil || detail != nil else { return [] }
        return [Detail(field: field, message: detail ?? error, code: code)]
    }
}
