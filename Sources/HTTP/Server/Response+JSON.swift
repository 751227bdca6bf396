import Events
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// A JSON answer.
    init(_ status: HTTPResponse.Status = .ok, json: JSONValue, headers: HTTPFields = [:]) {
        self.init(status, jsonBytes: JSONWriter.compact(json), headers: headers)
    }

    /// A JSON answer that is serialised already.
    init(_ status: HTTPResponse.Status = .ok, jsonBytes: [UInt8], headers: HTTPFields = [:]) {
        var headers = headers
        headers[.contentType] = "application/json"
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: jsonBytes)))
    }

    /// The answer that an error stands for.
    init(_ error: APIError, requestID: String, now: Timestamp = .now()) {
        var headers = error.headers
        if error.closesConnection { headers[.connection] = "close" }
        self.init(error.status, json: error.json(requestID: requestID, now: now), headers: headers)
    }
}
