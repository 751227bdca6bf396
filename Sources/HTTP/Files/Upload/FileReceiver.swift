import Events
import NIOCore

/// One file of an upload, stored but not in the log yet.
struct ReceivedFile: Sendable {
    /// Where its bytes are until the log has them.
    enum Bytes: Sendable {
        /// In memory: they travel in the transaction of their event.
        case small(NewBlob)
        /// Written ahead by a writer that can drop them.
        case streamed(StoredContent, any BlobWriter)
    }

    var id: String
    /// The name byte for byte as it was sent.
    let filename: String
    /// The name it is stored under.
    let name: String
    let contentType: String?
    let bytes: Bytes

    /// Bytes.
    var size: Int64 {
        switch bytes {
        case .small(let blob): Int64(blob.bytes.count)
        case .streamed(let content, _): content.size
        }
    }

    var sha256: Digest32 {
        switch bytes {
        case .small(let blob): blob.sha256
        case .streamed(let content, _): content.sha256
        }
    }
}

/// Takes one file part. Bytes are gathered into blocks: a network chunk is some KiB, and each write costs a hop to the
/// store. A file that fits into its first block need not be written ahead: a skill is hundreds of small files, and each
/// of them would wait for a commit of its own.
struct FileReceiver {
    /// Bytes handed to the store at a time: the most a streamed file holds here.
    static let blockBytes = 256 << 10

    private let filename: String
    private let name: String
    private let contentType: String?
    private let session: String
    private let blobs: any BlobStore
    private var block: [UInt8] = []
    /// Made with the first block that is handed over.
    private(set) var writer: (any BlobWriter)?

    /// - Parameters:
    ///   - filename: the name as it was sent.
    ///   - name: the same, cleaned.
    ///   - session: the session that will own the bytes.
    init(filename: String, name: String, contentType: String?, session: String, blobs: any BlobStore) {
        self.filename = filename
        self.name = name
        self.contentType = contentType
        self.session = session
        self.blobs = blobs
    }

    /// Takes the next bytes; waits for the store when it cannot keep up, so that the socket is not read meanwhile.
    mutating func write(_ buffer: ByteBuffer) async throws {
        buffer.withUnsafeReadableBytes { block.append(contentsOf: $0) }
        if block.count >= Self.blockBytes { try await flush() }
    }

    /// Ends the file.
    ///
    /// - Parameter room: bytes that may stay in memory; a small file beyond them is written ahead like a large one.
    mutating func finish(room: Int) async throws -> ReceivedFile {
        guard writer != nil || block.count > room else {
            let blob = NewBlob(session: session, bytes: block)
            block = []
            return received(.small(blob))
        }
        if !block.isEmpty { try await flush() }
        let writer = openWriter()
        return received(.streamed(try await writer.finish(), writer))
    }

    private func received(_ bytes: ReceivedFile.Bytes) -> ReceivedFile {
        ReceivedFile(
            id: Identifier.random(), filename: filename, name: name, contentType: contentType, bytes: bytes)
    }

    private mutating func flush() async throws {
        let full = block
        block = []
        block.reserveCapacity(full.count)
        try await openWriter().write(full)
    }

    private mutating func openWriter() -> any BlobWriter {
        if let writer { return writer }
        let made = blobs.writer(session: session)
        writer = made
        return made
    }
}
