import Events
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

extension APIError {
    /// The answer to an error that reached the outermost layer, and whether it is worth a log line.
    static func answer(to error: any Error) -> (error: APIError, unexpected: Bool) {
        switch error {
        case let error as APIError: return (error, false)
        case let error as LateFailure: return (error.error, false)
        case let error as LogError:
            switch error.code {
            case .unavailable, .closed: return (.unavailable("The ledger is not reachable, try again"), false)
            case .invalid, .corrupt: return (.unexpected, true)
            }
        case is NIOTooManyBytesError: return (.tooLarge("The request body is too large", closesConnection: true), false)
        case let error as BodyStalled: return (.bodyStalled(seconds: error.seconds), false)
        case is HTTPParserError, is ChannelError:
            var malformed = APIError.invalid("The request body is malformed")
            malformed.closesConnection = true
            return (malformed, false)
        case is CancellationError: return (.unavailable("The server is shutting down"), false)
        default: return (.unexpected, true)
        }
    }

    /// The answer to bytes that are no HTTP request at all.
    static func answer(toParserError error: any Error) -> APIError {
        var answer: APIError
        switch error as? HTTPParserError {
        case .headerOverflow?:
            answer = APIError(
                .requestHeaderFieldsTooLarge, "validation", "The request headers are larger than this server accepts")
        default: answer = .invalid("The request is not valid HTTP")
        }
        answer.closesConnection = true
        return answer
    }
}

/// A request body that sent nothing for too long.
struct BodyStalled: Error {
    let seconds: Int
}
