import Events
public import Hummingbird
import NIOCore

/// What travels with a request: its id, its peer, and the route's captures.
public struct APIRequestContext: RequestContext {
    /// The framework's part.
    public var coreContext: CoreRequestContextStorage
    /// The id every answer carries; the client's own if it sent a well-formed one.
    var requestID: String
    /// The address of the socket's other end. Forwarded headers are never consulted.
    let peer: SocketAddress?
    /// The connection, to be told when it closes.
    let channel: any Channel
    /// When the request head was read.
    let receivedAt: ContinuousClock.Instant
    /// What the rate limits said about this request.
    let standing = RequestStanding()

    /// A context for one request of a connection.
    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        requestID = Identifier.random()
        peer = source.channel.remoteAddress
        channel = source.channel
        receivedAt = .now
    }

    /// A capture of the route's path, e.g. `session_id`; empty when the route has none of that name.
    func capture(_ name: String) -> String { parameters.get(name) ?? "" }
}
