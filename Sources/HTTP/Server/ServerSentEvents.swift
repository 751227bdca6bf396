import Events
import NIOCore

/// The wire form of server-sent events.
enum ServerSentEvent {
    /// A comment that keeps the connection alive.
    static let ping = ByteBuffer(string: ": ping\n\n")

    /// How long a stream may be silent.
    static let silence = Duration.seconds(3)

    /// An event with a line of JSON (which has no line breaks of its own) as its data.
    static func encode(_ name: StaticString, _ json: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(json.count + 32)
        buffer.writeString("event: \(name)\ndata: ")
        buffer.writeBytes(json)
        buffer.writeString("\n\n")
        return buffer
    }
}
