import NIOCore
import NIOHTTP1
import Synchronization

/// Tells whether the client of a request is still there. What asks stands outside the event loop; what knows is
/// `ConnectionHandler`, which is reached by an event through the pipeline.
final class ConnectionWatch: Sendable {
    /// Asks `ConnectionHandler` to tell a watch of the connection's end, or to forget it.
    struct Registration: Sendable {
        let watch: ConnectionWatch
        let isWanted: Bool
    }

    private struct State {
        var isGone = false
        var isHTTP10 = false
        var action: (@Sendable () -> Void)?
    }

    private let channel: any Channel
    private let state = Mutex(State())

    /// Watches from now on, until `stop`.
    init(_ channel: any Channel) {
        self.channel = channel
        channel.triggerUserOutboundEvent(Registration(watch: self, isWanted: true), promise: nil)
    }

    /// Whether the request came as HTTP/1.0. Known a moment after the watch began.
    var isHTTP10: Bool { state.withLock { $0.isHTTP10 } }

    /// Calls once when the client is gone, at once if it already is. Nil withdraws the wish.
    func whenGone(_ action: (@Sendable () -> Void)?) {
        let isGone = state.withLock { state in
            if !state.isGone { state.action = action }
            return state.isGone
        }
        if isGone { action?() }
    }

    /// Ends the watch: the connection may serve other requests.
    func stop() {
        state.withLock { $0.action = nil }
        channel.triggerUserOutboundEvent(Registration(watch: self, isWanted: false), promise: nil)
    }

    func clientLeft() {
        let action = state.withLock { state in
            state.isGone = true
            defer { state.action = nil }
            return state.action
        }
        action?()
    }

    func noteVersion(isHTTP10: Bool) { state.withLock { $0.isHTTP10 = isHTTP10 } }
}

/// Remembers the version of the latest request's head, which the types behind the codec do not carry.
final class VersionNote: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private(set) var isHTTP10 = false

    /// Puts itself right behind the parser.
    func add(to pipeline: ChannelPipeline.SynchronousOperations) {
        guard let parser = try? pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self) else { return }
        try? pipeline.addHandler(self, position: .after(parser))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) { isHTTP10 = head.version == .http1_0 }
        context.fireChannelRead(data)
    }
}
