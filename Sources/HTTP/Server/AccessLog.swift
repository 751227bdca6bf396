import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// One line for each answer (`ENABLE_ACCESS_LOGS`). No query, header or body is in it: all of them may hold a secret.
enum AccessLog {
    /// Bytes of a path: ours are shorter, and a log line is no place for others.
    private static let mostBytes = 200

    /// - Parameter response: about to be sent; its body may still be made.
    static func note(_ response: Response, to request: Request, _ context: APIRequestContext) {
        context.logger.info(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(path(of: request))",
                "status": "\(response.status.code)",
                "ms": "\(Int((ContinuousClock.now - context.receivedAt) / .milliseconds(1)))",
                "peer": "\(context.peer?.ipAddress ?? "-")", "request_id": "\(context.requestID)",
            ])
    }

    private static func path(of request: Request) -> String {
        let target = request.head.path ?? "/"
        return String(decoding: target.utf8.prefix { $0 != UInt8(ascii: "?") }.prefix(mostBytes), as: UTF8.self)
    }
}
