import CLibpq

/// What must not appear in a message about a connection that failed.
struct ConnectionSecrets {
    private var password: String?

    /// Checks the URL without connecting. The error never quotes it.
    init(url: String) throws {
        var reason: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(reason) }
        guard let options = PQconninfoParse(url, &reason) else {
            throw PostgresError(.configuration, "The database URL is malformed")
        }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            let value = option.pointee.val.map { String(cString: $0) }
            switch String(cString: keyword) {
            case "password": password = value
            case "host" where value?.contains("@") == true:
                // A password with an unescaped @ ends up in the host, which libpq then quotes.
                throw PostgresError(.configuration, "The database URL has an @ that is not percent-encoded")
            default: break
            }
            option += 1
        }
    }

    /// The message on one line, without the password.
    func redact(_ message: String) -> String {
        var text = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        if let password, !password.isEmpty {
            text = text.split(separator: password, omittingEmptySubsequences: false).joined(separator: "[password]")
        }
        return text
    }
}
