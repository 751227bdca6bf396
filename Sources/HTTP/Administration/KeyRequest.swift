import Events

/// Reads the bodies of the key administration. What breaks the schema is a 422 naming the field.
enum KeyRequest {
    private static let longestText = 256
    private static let mostMetadata = 64

    static func newKey(_ body: JSONValue) throws -> KeyAdministration.NewKey {
        guard let name = try text("name", in: body) else {
            throw APIError.unprocessable("'name' is required", field: "name", code: "missing")
        }
        var limits = RateLimits()
        for (period, limit) in try self.limits(in: body) { limits[period] = limit }
        return KeyAdministration.NewKey(
            name: name, role: try role(in: body) ?? .client, tenant: try text("tenant", in: body), limits: limits,
            metadata: try metadata(in: body))
    }

    static func change(_ body: JSONValue) throws -> KeyChange {
        var isEnabled: Bool?
        if let value = body["enabled"], !value.isNull {
            guard let flag = value.bool else { throw refusal("enabled", "must be true or false") }
            isEnabled = flag
        }
        return KeyChange(
            name: try text("name", in: body), isEnabled: isEnabled, role: try role(in: body),
            limits: try limits(in: body))
    }

    /// A text without control characters (they would forge the separators of owners and lines of logs).
    private static func text(_ field: String, in body: JSONValue) throws -> String? {
        guard let value = body[field], !value.isNull else { return nil }
        guard let text = value.string, (1...longestText).contains(text.count),
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw refusal(field, "must be a string of 1 to \(longestText) characters without control characters") }
        return text
    }

    private static func role(in body: JSONValue) throws -> Role? {
        guard let value = body["role"], !value.isNull else { return nil }
        guard let role = value.string.flatMap(Role.init) else {
            throw refusal("role", "must be client, auditor or admin")
        }
        return role
    }

    /// The windows that are named; null as value lifts a limit, null as a whole all of them.
    private static func limits(in body: JSONValue) throws -> [RatePeriod: Int64?] {
        guard let value = body["rate_limits"] else { return [:] }
        if value.isNull { return Dictionary(uniqueKeysWithValues: RatePeriod.allCases.map { ($0, nil) }) }
        guard value.members != nil else { throw refusal("rate_limits", "must be an object") }
        var limits: [RatePeriod: Int64?] = [:]
        for period in RatePeriod.allCases {
            guard let limit = value[period.rawValue] else { continue }
            guard limit.isNull || limit.int.map({ $0 >= 1 }) == true else {
                throw refusal("rate_limits.\(period.rawValue)", "must be a whole number from 1, or null")
            }
            limits[period] = .some(limit.int)
        }
        return limits
    }

    private static func metadata(in body: JSONValue) throws -> [String: String] {
        guard let value = body["metadata"], !value.isNull else { return [:] }
        guard let members = value.members, members.count <= mostMetadata else {
            throw refusal("metadata", "must be an object of at most \(mostMetadata) strings")
        }
        return try Dictionary(
            members.map { member in
                guard let text = member.value.string else {
                    throw refusal("metadata.\(member.name)", "must be a string")
                }
                return (member.name, text)
            }
        ) { $1 }
    }

    private static func refusal(_ field: String, _ rule: String) -> APIError {
        APIError.unprocessable("'\(field)' \(rule)", field: field, code: "invalid")
    }
}
