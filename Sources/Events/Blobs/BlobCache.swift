import DequeModule
import Synchronization

/// Remembers small blobs of this process, so that what was just written need not be read back: code for the
/// executor, streams for the answer. Contents are immutable, so an entry is never stale; erasing a session drops its
/// entries.
public final class BlobCache: Sendable {
    private struct Key: Hashable {
        let session: String
        let sha256: Digest32
    }

    private struct State {
        var entries: [Key: [UInt8]] = [:]
        var order = Deque<Key>()
        var bytes = 0
    }

    private let capacity: Int
    private let largest: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: bytes held at most; the oldest go first.
    ///   - largest: blobs above this size in bytes are not kept.
    public init(capacity: Int = 32 << 20, largest: Int = 1 << 20) {
        self.capacity = capacity
        self.largest = largest
    }

    func put(_ bytes: [UInt8], session: String, sha256: Digest32) {
        guard bytes.count <= largest else { return }
        let key = Key(session: session, sha256: sha256)
        state.withLock { state in
            guard state.entries.updateValue(bytes, forKey: key) == nil else { return }
            state.order.append(key)
            state.bytes += bytes.count
            while state.bytes > capacity, let oldest = state.order.popFirst() {
                state.bytes -= state.entries.removeValue(forKey: oldest)?.count ?? 0
            }
        }
    }

    func get(session: String, sha256: Digest32) -> [UInt8]? {
        state.withLock { $0.entries[Key(session: session, sha256: sha256)] }
    }
}
