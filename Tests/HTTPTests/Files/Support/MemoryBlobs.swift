import Events
import Foundation
import Synchronization

/// A blob store in memory that knows what was written, adopted and dropped.
final class MemoryBlobs: BlobStore {
    private struct Key: Hashable {
        let session: String
        let sha256: Digest32
    }

    private struct State {
        var contents: [UUID: [[UInt8]]] = [:]
        var blobs: [Key: UUID] = [:]
        var writes: [Int] = []
        var error: LogError?
    }

    private let state = Mutex(State())

    /// Contents neither adopted nor dropped.
    var orphans: Int {
        state.withLock { state in state.contents.keys.filter { !state.blobs.values.contains($0) }.count }
    }
    /// Contents that an event names.
    var adopted: Int { state.withLock { $0.blobs.count } }
    /// Sizes of all writes so far.
    var writes: [Int] { state.withLock { $0.writes } }

    /// Makes every write fail.
    func fail(_ error: LogError) { state.withLock { $0.error = error } }
    /// Loses all bytes, as a broken store would.
    func lose() { state.withLock { $0.contents = [:] } }

    func adopt(_ content: StoredContent) {
        state.withLock { state in
            let key = Key(session: content.session, sha256: content.sha256)
            if state.blobs[key] == nil {
                state.blobs[key] = content.content
            } else {
                state.contents[content.content] = nil
            }
        }
    }

    /// A blob that came with its event.
    func put(_ blob: NewBlob) {
        state.withLock { state in
            let content = state.blobs[Key(session: blob.session, sha256: blob.sha256), default: UUID()]
            state.blobs[Key(session: blob.session, sha256: blob.sha256)] = content
            state.contents[content] = [blob.bytes]
        }
    }

    func writer(session: String) -> any BlobWriter { MemoryBlobWriter(store: self, session: session) }

    func bytes(session: String, sha256: Digest32) async throws -> [UInt8] {
        try await read(session: session, sha256: sha256).reduce(into: []) { $0 += $1 }
    }

    func read(session: String, sha256: Digest32) -> AsyncThrowingStream<[UInt8], any Error> {
        let content = state.withLock { state in
            state.blobs[Key(session: session, sha256: sha256)].flatMap { state.contents[$0] }
        }
        let chunks = Chunks(content)
        return AsyncThrowingStream { try await chunks.next() }
    }

    fileprivate func begin(_ content: UUID) { state.withLock { $0.contents[content] = [] } }

    fileprivate func write(_ bytes: [UInt8], to content: UUID) throws {
        try state.withLock { state in
            if let error = state.error { throw error }
            state.contents[content]?.append(bytes)
            state.writes.append(bytes.count)
        }
    }

    fileprivate func drop(_ content: UUID) { state.withLock { $0.contents[content] = nil } }

    private actor Chunks {
        private var rest: ArraySlice<[UInt8]>?

        init(_ chunks: [[UInt8]]?) { rest = chunks.map { $0[...] } }

        func next() throws -> [UInt8]? {
            guard rest != nil else { throw LogError(.corrupt, "no such blob") }
            return rest?.popFirst()
        }
    }
}

private actor MemoryBlobWriter: BlobWriter {
    private let store: MemoryBlobs
    private let session: String
    private let content = UUID()
    private var written: [UInt8] = []

    init(store: MemoryBlobs, session: String) {
        self.store = store
        self.session = session
        store.begin(content)
    }

    func write(_ bytes: [UInt8]) throws {
        written += bytes
        try store.write(bytes, to: content)
    }

    func finish() -> StoredContent {
        StoredContent(
            session: session, content: content, sha256: EventHash.sha256(written), size: Int64(written.count),
            parts: 1)
    }

    func discard() { store.drop(content) }
}
