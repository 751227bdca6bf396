import Crypto
import FoundationEssentials
import Postgres

/// Streams one content into parts. One part is being stored while the next one fills: two in memory at most.
actor PostgresBlobWriter: BlobWriter {
    private static let insert = "insert into runledger.content_part (content, part, bytes) values ($1, $2, $3)"
    private static let delete = "delete from runledger.content_part where content = $1"

    private let client: PostgresClient
    private let session: String
    private let content = Identifier.timeOrdered()
    private var hasher = SHA256()
    private var buffer: [UInt8] = []
    private var size: Int64 = 0
    private var parts: Int32 = 0
    private var storing: Task<Void, any Error>?

    init(client: PostgresClient, session: String) {
        self.client = client
        self.session = session
    }

    func write(_ bytes: [UInt8]) async throws {
        hasher.update(data: bytes)
        size += Int64(bytes.count)
        if buffer.isEmpty { buffer.reserveCapacity(PostgresBlobStore.partSize) }
        buffer.append(contentsOf: bytes)
        while buffer.count >= PostgresBlobStore.partSize {
            // Writers send blocks that divide a part, so the whole buffer is nearly always the part: no copy.
            let rest = Array(buffer.dropFirst(PostgresBlobStore.partSize))
            buffer.removeLast(rest.count)
            let part = buffer
            buffer = rest
            try await store(part)
        }
    }

    func finish() async throws -> StoredContent {
        if !buffer.isEmpty {
            try await store(buffer)
            buffer = []
        }
        try await storing?.value
        return StoredContent(
            session: session, content: content, sha256: Array(hasher.finalize()), size: size, parts: parts)
    }

    func discard() async {
        _ = try? await storing?.value
        // What cannot be removed now is removed by the sweep.
        if parts > 0 { _ = try? await client.query(SQLQuery(Self.delete, [.uuid(content)], isIdempotent: true)) }
    }

    private func store(_ part: [UInt8]) async throws {
        try await storing?.value
        parts += 1
        let query = SQLQuery(Self.insert, [.uuid(content), .int4(parts), .bytes(part)])
        storing = Task { [client] in
            do {
                _ = try await client.query(query)
            } catch let error as PostgresError where error.code == .outcomeUnknown || error.code == .connectionLost {
                throw LogError(.unavailable, "the database cannot be reached")
            }
        }
    }
}
