import Events
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// An answer that may be long in coming (CONTRACT 5.10): when it is not ready after a while, the 200 and one space
/// are sent, and a space every while after, so that no client and no proxy takes the connection for dead. JSON may
/// have white space before it.
///
/// Everything that can still have a status of its own (credentials, validation, rate limits, a full queue) must be
/// decided before this is begun.
struct PatientAnswer: Sendable {
    /// An answer that is ready.
    struct Ready: Sendable {
        var json: [UInt8]
        /// Sent when they still can be.
        var headers: HTTPFields = [:]
    }

    private static let space = ByteBuffer(string: " ")

    /// How long the client is left without a byte; zero: for ever.
    let interval: Duration
    /// For errors that nobody expected.
    let context: APIRequestContext
    let connection: ConnectionWatch
    /// The body that tells of an error when the 200 has been sent.
    let late: @Sendable (APIError) -> [UInt8]

    /// - Parameters:
    ///   - headers: headers of the answer however late it is.
    ///   - work: carried through even when the client is gone.
    /// - Throws: what `work` throws before the first byte.
    func response(
        headers: HTTPFields = [:], _ work: @escaping @Sendable () async throws -> Ready
    ) async throws -> Response {
        let ongoing = OngoingWork(work)
        guard interval > .zero else { return try await whole(ongoing, headers) }
        if let result = await ongoing.result(within: interval) {
            return Self.response(try result.get(), headers)
        }
        // An HTTP/1.0 client does not know chunks: it gets its answer in one piece, when it is there.
        guard !connection.isHTTP10 else { return try await whole(ongoing, headers) }
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var result: Result<Ready, any Error>?
                while result == nil {
                    try await writer.write(Self.space)
                    result = await ongoing.result(within: interval)
                }
                try await writer.write(ByteBuffer(bytes: json(result)))
                try await writer.finish(nil)
            })
    }

    private func whole(_ ongoing: OngoingWork<Ready>, _ headers: HTTPFields) async throws -> Response {
        Self.response(try await ongoing.value(), headers)
    }

    private static func response(_ ready: Ready, _ headers: HTTPFields) -> Response {
        var headers = headers
        for field in ready.headers { headers[field.name] = field.value }
        return Response(jsonBytes: ready.json, headers: headers)
    }

    private func json(_ result: Result<Ready, any Error>?) -> [UInt8] {
        switch result {
        case .success(let ready): return ready.json
        case .failure(let error as LateFailure): return error.json
        case .failure(let error): return late(APIError.logged(error, context))
        case nil: return late(.unexpected)
        }
    }
}

/// An error that knows what its body is when the 200 has been sent.
struct LateFailure: Error {
    /// The answer before that.
    let error: APIError
    let json: [UInt8]
}

extension APIError {
    /// The answer to an error, with a line in the log if nobody expected it.
    static func logged(_ error: any Error, _ context: APIRequestContext) -> APIError {
        let (answer, isUnexpected) = APIError.answer(to: error)
        if isUnexpected {
            context.logger.error(
                "request failed", metadata: ["request_id": "\(context.requestID)", "error": "\(error)"])
        }
        return answer
    }
}
