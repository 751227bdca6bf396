import HTTPTypes

extension HTTPField.Name {
    static let accelBuffering = constant("X-Accel-Buffering")
    static let executionID = constant("X-Execution-Id")
    static let executionProfile = constant("X-CodeAPI-Execution-Profile")
    static let expectedProfile = constant("X-CodeAPI-Expected-Profile")
    static let frameOptions = constant("X-Frame-Options")
    static let healthStatus = constant("X-Health-Status")
    static let idempotencyKey = constant("Idempotency-Key")
    static let idempotencyReplayed = constant("Idempotency-Replayed")
    static let outputTotalBytes = constant("X-Output-Total-Bytes")
    static let outputTruncated = constant("X-Output-Truncated")
    static let permissionsPolicy = constant("Permissions-Policy")
    static let rateLimitLimit = constant("X-RateLimit-Limit")
    static let rateLimitPeriod = constant("X-RateLimit-Period")
    static let rateLimitRemaining = constant("X-RateLimit-Remaining")
    static let rateLimitReset = constant("X-RateLimit-Reset")
    static let referrerPolicy = constant("Referrer-Policy")
    static let requestID = constant("X-Request-Id")
    static let responseTime = constant("X-Response-Time-Ms")
    static let sessionID = constant("X-Session-Id")
    static let userID = constant("User-Id")
    static let xAPIKey = constant("X-API-Key")
    static let xssProtection = constant("X-XSS-Protection")

    private static func constant(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no header name") }
        return field
    }
}
