import Crypto
public import Postgres

/// Contents in PostgreSQL: small ones in the blob row, streamed ones in parts of 1 MiB.
public struct PostgresBlobStore: BlobStore {
    /// Bytes of a part. Large enough that a part is one efficient statement, small enough that an upload holds two.
    static let partSize = 1 << 20

    private let client: PostgresClient
    private let cache: BlobCache

    public init(client: PostgresClient, cache: BlobCache) {
        self.client = client
        self.cache = cache
    }

    public func writer(session: String) -> any BlobWriter {
        PostgresBlobWriter(client: client, session: session)
    }

    public func bytes(session: String, sha256: Digest32) async throws -> [UInt8] {
        if let cached = cache.get(session: session, sha256: sha256) { return cached }
        var bytes: [UInt8] = []
        var reader = PartReader(client: client, session: session, sha256: sha256)
        while let part = try await reader.next() { bytes.append(contentsOf: part) }
        cache.put(bytes, session: session, sha256: sha256)
        return bytes
    }

    public func read(session: String, sha256: Digest32) -> AsyncThrowingStream<[UInt8], any Error> {
        if let cached = cache.get(session: session, sha256: sha256) {
            return AsyncThrowingStream { continuation in
                continuation.yield(cached)
                continuation.finish()
            }
        }
        // Pulled, not pushed: a slow download holds one part in memory.
        let reader = SharedPartReader(PartReader(client: client, session: session, sha256: sha256))
        return AsyncThrowingStream { try await reader.next() }
    }
}

/// Reads the parts of one blob in order.
private struct PartReader: Sendable {
    private static let head = """
        select parts, bytes, content from runledger.blob where session = $1 and sha256 = $2
        """
    private static let part = "select bytes from runledger.content_part where content = $1 and part = $2"

    let client: PostgresClient
    let session: String
    let sha256: Digest32
    private var content: SQLParameter?
    private var parts: Int32 = 1
    private var read: Int32 = 0

    init(client: PostgresClient, session: String, sha256: Digest32) {
        self.client = client
        self.session = session
        self.sha256 = sha256
    }

    mutating func next() async throws -> [UInt8]? {
        guard read < parts else { return nil }
        read += 1
        if content == nil {
            let result = try await client.query(
                SQLQuery(Self.head, [.text(session), .bytes(sha256)], isIdempotent: true))
            guard let row = result.rows.first else { throw missing }
            if let bytes = try row.decode(1, as: [UInt8]?.self) { return bytes }
            parts = try row.decode(0)
            content = .uuid(try row.decode(2))
            if parts == 0 { return nil }
        }
        guard let content else { throw missing }
        let result = try await client.query(SQLQuery(Self.part, [content, .int4(read)], isIdempotent: true))
        guard let row = result.rows.first else { throw missing }
        return try row.decode(0, as: [UInt8].self)
    }

    private var missing: LogError {
        LogError(.corrupt, "no blob \(sha256.hex) in session \(session)")
    }
}

/// Lets the one consumer of a stream keep its reader across calls.
private actor SharedPartReader {
    private var reader: PartReader

    init(_ reader: PartReader) { self.reader = reader }

    func next() async throws -> [UInt8]? {
        var copy = reader
        let part = try await copy.next()
        reader = copy
        return part
    }
}
