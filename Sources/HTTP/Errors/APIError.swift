import Events
import HTTPTypes

/// An answer other than success: the one error body of CONTRACT 4.1.
///
/// Handlers throw it; the outermost layer renders it. Its texts are for clients: no path, SQL or host name in them.
struct APIError: Error, Equatable {
    /// One entry of `details`.
    struct Detail: Equatable {
        var field: String?
        var message: String
        var code: String?
    }

    var status: HTTPResponse.Status
    /// `error_type` of the body.
    var type: String
    /// `error` of the body.
    var error: String
    /// `message` of the body, only with the machine words of 4.1.
    var message: String?
    var details: [Detail] = []
    /// Further members of the body.
    var members: [JSONMember] = []
    var headers: HTTPFields = [:]
    /// Whether the connection must end with this answer, because the rest of the request is not wanted.
    var closesConnection = false

    init(
        _ status: HTTPResponse.Status, _ type: String, _ error: String, message: String? = nil,
        details: [Detail] = [], headers: HTTPFields = [:], closesConnection: Bool = false
    ) {
        self.status = status
        self.type = type
        self.error = error
        self.message = message
        self.details = details
        self.headers = headers
        self.closesConnection = closesConnection
    }

    /// The body of CONTRACT 4.1.
    func json(requestID: String, now: Timestamp) -> JSONValue {
        var body: [JSONMember] = [JSONMember("error", .string(error)), JSONMember("error_type", .string(type))]
        if let message { body.append(JSONMember("message", .string(message))) }
        body += members
        body.append(JSONMember("details", details.isEmpty ? .null : .array(details.map(\.json))))
        body.append(JSONMember("request_id", .string(requestID)))
        body.append(JSONMember("timestamp", .string(now.description)))
        return .object(body)
    }
}

extension APIError.Detail {
    fileprivate var json: JSONValue {
        var members: [JSONMember] = []
        if let field { members.append(JSONMember("field", .string(field))) }
        members.append(JSONMember("message", .string(message)))
        if let code { members.append(JSONMember("code", .string(code))) }
        return .object(members)
    }
}
