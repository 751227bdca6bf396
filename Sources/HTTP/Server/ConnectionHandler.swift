import Events
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// What a connection needs beyond single requests: an answer to bytes that are no HTTP, an end to bodies that stall,
/// `100 Continue`, and a close that does not destroy the answer before it.
///
/// The last one is why a close takes two steps: closing a socket with unread input makes the kernel send a reset,
/// and the client may then never see the 413 it was sent. So the output is closed first and input thrown away for
/// a while.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Phase {
        case open
        /// The answer being written is the last one.
        case lastAnswer
        /// The output is closed; input is counted and dropped.
        case draining(bytes: Int)
    }

    private static let drainLimit = 64 << 20
    private static let drainTime = TimeAmount.seconds(10)

    private let bodyTimeout: Duration
    private var phase = Phase.open
    /// Requests begun and not yet answered to the end.
    private var owed = 0
    private var isReadingBody = false
    /// Since when a read is wanted that brought nothing; nil while nothing is wanted.
    private var stalledSince: NIODeadline?
    private var watch: Scheduled<Void>?
    /// What the parser said about bytes behind a request that is not answered yet.
    private var parserError: (any Error)?
    /// Who wants to know when the client goes away.
    private var watchers: [ObjectIdentifier: ConnectionWatch] = [:]
    private var isClientGone = false
    private let version = VersionNote()

    init(bodyTimeout: Duration) { self.bodyTimeout = bodyTimeout }

    func handlerAdded(context: ChannelHandlerContext) { version.add(to: context.pipeline.syncOperations) }

    func handlerRemoved(context: ChannelHandlerContext) { watch?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        watch?.cancel()
        clientLeft()
        context.fireChannelInactive()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let event = event as? ConnectionWatch.Registration else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        let id = ObjectIdentifier(event.watch)
        if event.isWanted {
            event.watch.noteVersion(isHTTP10: version.isHTTP10)
            if isClientGone { event.watch.clientLeft() } else { watchers[id] = event.watch }
        } else {
            watchers[id] = nil
        }
        promise?.succeed()
    }

    private func clientLeft() {
        isClientGone = true
        let all = watchers.values
        watchers = [:]
        for watch in all { watch.clientLeft() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        stalledSince = nil
        if case .draining(let bytes) = phase { return drain(unwrapInboundIn(data), after: bytes, context) }
        switch unwrapInboundIn(data) {
        case .head(let head):
            owed += 1
            isReadingBody = true
            if owed == 1, head.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .body: break
        case .end: isReadingBody = false
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        // Comes only while somebody wants more: a body that our own storage holds up is not stalled.
        if isReadingBody {
            stalledSince = stalledSince ?? .now()
            if watch == nil { scheduleWatch(context) }
        }
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.headerFields[.connection]?.lowercased() == "close" { phase = .lastAnswer }
            context.write(data, promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            owed -= 1
            if case .lastAnswer = phase {
                startDraining(context)
            } else if owed == 0, let error = parserError {
                refuse(error, context)
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .draining = phase { return context.close(promise: nil) }
        guard error is HTTPParserError else { return context.fireErrorCaught(error) }
        if owed == 0 {
            refuse(error, context)
        } else if isReadingBody {
            // Whoever reads the body answers.
            context.fireErrorCaught(error)
        } else {
            parserError = error
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed {
            // A client that only closed its output cannot be told from one that is gone; nobody we know does that.
            clientLeft()
            if case .draining = phase { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: Closing

    private func refuse(_ error: any Error, _ context: ChannelHandlerContext) {
        parserError = nil
        let id = Identifier.random()
        let answer = APIError.answer(toParserError: error)
        let body = ByteBuffer(bytes: JSONWriter.compact(answer.json(requestID: id, now: .now())))
        var headers: HTTPFields = [
            .contentType: "application/json", .contentLength: String(body.readableBytes), .connection: "close",
            .requestID: id,
        ]
        SecurityHeaders.add(to: &headers)
        context.write(wrapOutboundOut(.head(HTTPResponse(status: answer.status, headerFields: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        startDraining(context)
    }

    private func startDraining(_ context: ChannelHandlerContext) {
        phase = .draining(bytes: 0)
        context.flush()
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.drainTime) { channel.close(promise: nil) }
    }

    private func drain(_ part: HTTPRequestPart, after bytes: Int, _ context: ChannelHandlerContext) {
        guard case .body(let buffer) = part else { return }
        phase = .draining(bytes: bytes + buffer.readableBytes)
        if bytes > Self.drainLimit { context.close(promise: nil) }
    }

    // MARK: Stalled bodies

    private func scheduleWatch(_ context: ChannelHandlerContext) {
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleTask(in: TimeAmount(bodyTimeout)) {
            let (handler, context) = loopBound.value
            handler.watchEnded(context)
        }
    }

    private func watchEnded(_ context: ChannelHandlerContext) {
        watch = nil
        guard isReadingBody, case .open = phase else { return }
        guard let since = stalledSince, NIODeadline.now() - since >= TimeAmount(bodyTimeout) else {
            return scheduleWatch(context)
        }
        isReadingBody = false
        context.fireErrorCaught(BodyStalled(seconds: Int(bodyTimeout.components.seconds)))
    }
}
