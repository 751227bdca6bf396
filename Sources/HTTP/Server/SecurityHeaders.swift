import HTTPTypes

/// The headers of CONTRACT 13.1, on every answer.
enum SecurityHeaders {
    private static let all: [(HTTPField.Name, String)] = [
        (.xContentTypeOptions, "nosniff"),
        (.frameOptions, "DENY"),
        (.xssProtection, "1; mode=block"),
        (.referrerPolicy, "strict-origin-when-cross-origin"),
        (.permissionsPolicy, "geolocation=(), microphone=(), camera=()"),
        (.strictTransportSecurity, "max-age=31536000; includeSubDomains"),
    ]

    /// For pages of ours: nothing of other hosts, no script, and a style that stands in the page itself.
    static let pagePolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'"

    /// Sets them all; a policy that the route has set itself stays.
    static func add(to headers: inout HTTPFields) {
        for (name, value) in all { headers[name] = value }
        if headers[.contentSecurityPolicy] == nil { headers[.contentSecurityPolicy] = "default-src 'self'" }
    }
}
