/// A signed statement about a contiguous range of the log (CONTRACT 10.8).
public struct Checkpoint: Sendable, Equatable {
    public var number: Int64
    public var firstPosition: Int64
    public var lastPosition: Int64
    public var batchRoot: Digest32
    public var previousCheckpointHash: Digest32
    public var createdAt: Timestamp

    public init(
        number: Int64, firstPosition: Int64, lastPosition: Int64, batchRoot: Digest32,
        previousCheckpointHash: Digest32, createdAt: Timestamp
    ) {
        self.number = number
        self.firstPosition = firstPosition
        self.lastPosition = lastPosition
        self.batchRoot = batchRoot
        self.previousCheckpointHash = previousCheckpointHash
        self.createdAt = createdAt
    }

    public var eventCount: Int64 { lastPosition - firstPosition + 1 }

    /// SHA-256 over the canonical JSON of the eight fields `v` to `created_at`.
    public var hash: Digest32 {
        EventHash.sha256(
            JSONWriter.canonical([
                "v": 1, "number": .int(number), "first_position": .int(firstPosition),
                "last_position": .int(lastPosition), "event_count": .int(eventCount),
                "batch_root": .string(batchRoot.hex), "prev_checkpoint_hash": .string(previousCheckpointHash.hex),
                "created_at": .string(createdAt.description),
            ]))
    }
}
