import Events
import Testing

@Suite("Checkpoints")
struct CheckpointTests {
    private let vector = Checkpoint(
        number: 1, firstPosition: 41, lastPosition: 41, batchRoot: Merkle.root([EventHashTests.vector.hash]),
        previousCheckpointHash: EventHash.genesis, createdAt: Timestamp(milliseconds: 1_788_256_860_000))

    @Test("The root of the contract's checkpoint is the one printed there")
    func rootVector() {
        #expect(vector.batchRoot.hex == "11be4b6c4d15845a64aa83de81704a43999af98f05f59adf77f2145e037fbbe2")
    }

    @Test("The hash of the contract's checkpoint is the one printed there")
    func hashVector() {
        #expect(vector.createdAt.description == "2026-09-01T10:01:00.000Z")
        #expect(vector.hash.hex == "261f56feaed1fd9e3ae33c11689b6be594ece26d6c3ca4e36c3576a904b9d205")
    }

    @Test("The events of a range are counted with both ends")
    func eventCount() {
        var checkpoint = vector
        checkpoint.lastPosition = 50
        #expect(checkpoint.eventCount == 10)
    }

    @Test("A change of any member changes the hash")
    func covers() {
        let changes: [(String, (inout Checkpoint) -> Void)] = [
            ("number", { $0.number = 2 }), ("firstPosition", { $0.firstPosition = 40 }),
            ("lastPosition", { $0.lastPosition = 42 }), ("batchRoot", { $0.batchRoot[0] ^= 1 }),
            ("previousCheckpointHash", { $0.previousCheckpointHash[0] ^= 1 }),
            ("createdAt", { $0.createdAt = Timestamp(milliseconds: 0) }),
        ]
        for (name, change) in changes {
            var checkpoint = vector
            change(&checkpoint)
            #expect(checkpoint.hash != vector.hash, "\(name)")
        }
    }
}
