import Events
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The outermost layer: gives the request its id and its one path, and every answer its envelope, errors included.
struct APIResponder<Inner: HTTPResponder>: HTTPResponder where Inner.Context == APIRequestContext {
    let inner: Inner
    let configuration: HTTPConfiguration
    let meter: RequestMeter
    let tally: RequestTally

    func respond(to request: Request, context: APIRequestContext) async throws -> Response {
        var context = context
        if let id = request.headers[.requestID], Self.isAcceptable(id) { context.requestID = id }
        var response: Response
        do {
            response = try await answer(request, context)
        } catch {
            response = Self.rendered(error, context)
        }
        response = await meter.finish(response, to: request, context)
        // A body after HEAD would be read as the beginning of the next answer on this connection.
        if request.method == .head { response = response.createHeadResponse() }
        configuration.cors?.admit(request.headers, to: &response.headers)
        SecurityHeaders.add(to: &response.headers)
        response.headers[.requestID] = context.requestID
        if configuration.debug {
            let elapsed = (ContinuousClock.now - context.receivedAt) / .milliseconds(1)
            response.headers[.responseTime] = String(Int(elapsed))
        }
        tally.note()
        if configuration.accessLogs { AccessLog.note(response, to: request, context) }
        return response
    }

    private func answer(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let target = request.head.path ?? "/"
        let limits = configuration.limits
        guard target.utf8.count <= limits.maxURLBytes else { throw APIError.urlTooLong(limit: limits.maxURLBytes) }
        guard Self.size(of: request.headers) <= limits.maxHeaderBytes else {
            throw APIError.headersTooLarge(limit: limits.maxHeaderBytes)
        }
        if let preflight = configuration.cors?.preflight(request) { return preflight }
        guard let path = RequestPath.normalised(target) else { throw APIError.unknownRoute }
        guard path != target else { return try await inner.respond(to: request, context: context) }
        var head = request.head
        head.path = path
        return try await inner.respond(to: Request(head: head, body: request.body), context: context)
    }

    /// The answer to an error, in the form of CONTRACT 4.1.
    private static func rendered(_ error: any Error, _ context: APIRequestContext) -> Response {
        Response(APIError.logged(error, context), requestID: context.requestID)
    }

    /// What a client may call its request.
    private static func isAcceptable(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// Bytes of the header block as it was on the wire, roughly: name, colon, space, value, line end.
    private static func size(of headers: HTTPFields) -> Int {
        headers.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4 }
    }
}
