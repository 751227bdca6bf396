public import FoundationEssentials

/// Bytes written ahead of the event that will name them. Until an append lists it under `contents` nobody can see
/// it, and a sweep removes it after an hour.
public struct StoredContent: Sendable, Equatable {
    public var session: String
    /// Key of the streamed parts.
    public var content: UUID
    public var sha256: Digest32
    /// Bytes.
    public var size: Int64
    /// Number of parts.
    public var parts: Int32

    public init(session: String, content: UUID, sha256: Digest32, size: Int64, parts: Int32) {
        self.session = session
        self.content = content
        self.sha256 = sha256
        self.size = size
        self.parts = parts
    }
}

/// Contents of files, streams and code, by (session, digest). Never shared between sessions, so that erasing one
/// cannot hurt another.
public protocol BlobStore: Sendable {
    /// Starts writing a content of unknown length for a session.
    func writer(session: String) -> any BlobWriter

    /// All bytes of a blob. For small things (code, streams); files are read with `read(session:sha256:)`.
    ///
    /// - Throws: `LogError` with `.corrupt` when the blob does not exist.
    func bytes(session: String, sha256: Digest32) async throws -> [UInt8]

    /// The bytes of a blob in chunks of at most 1 MiB, one chunk in memory at a time.
    func read(session: String, sha256: Digest32) -> AsyncThrowingStream<[UInt8], any Error>
}

/// Writes one content in order. Memory stays bounded: `write` returns only when the part before is on its way.
public protocol BlobWriter: AnyObject, Sendable {
    /// Appends bytes.
    func write(_ bytes: [UInt8]) async throws

    /// Ends the content and tells its digest and size.
    func finish() async throws -> StoredContent

    /// Drops what was written.
    func discard() async
}
