import Events
import NIOCore

/// One file of an upload, stored but not in the log yet.
struct ReceivedFile: Sendable {
    let id: String
    /// The name byte for byte as it was sent.
    let filename: String
    /// The name it is stored under.
    let name: String
    let contentType: String?
    let content: StoredContent
    /// Holds the bytes until the log has them.
    let writer: any BlobWriter
}

/// Streams one file part to storage. Bytes are gathered into blocks: a network chunk is some KiB, and each write
/// costs a hop to the store.
struct FileReceiver {
    /// Bytes handed to the store at a time: the most an upload holds here.
    static let blockBytes = 256 << 10

    private let filename: String
    private let name: String
    private let contentType: String?
    let writer: any BlobWriter
    private var block: [UInt8] = []

    /// - Parameters:
    ///   - filename: the name as it was sent.
    ///   - name: the same, cleaned.
    init(filename: String, name: String, contentType: String?, writer: any BlobWriter) {
        self.filename = filename
        self.name = name
        self.contentType = contentType
        self.writer = writer
    }

    /// Takes the next bytes; waits for the store when it cannot keep up, so that the socket is not read meanwhile.
    mutating func write(_ buffer: ByteBuffer) async throws {
        if block.isEmpty { block.reserveCapacity(Self.blockBytes + buffer.readableBytes) }
        buffer.withUnsafeReadableBytes { block.append(contentsOf: $0) }
        if block.count >= Self.blockBytes { try await flush() }
    }

    /// Ends the file.
    mutating func finish() async throws -> ReceivedFile {
        if !block.isEmpty { try await flush() }
        return ReceivedFile(
            id: Identifier.random(), filename: filename, name: name, contentType: contentType,
            content: try await writer.finish(), writer: writer)
    }

    private mutating func flush() async throws {
        let full = block
        block = []
        try await writer.write(full)
    }
}
