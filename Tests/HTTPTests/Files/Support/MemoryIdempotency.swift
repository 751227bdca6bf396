import Events
import Foundation

/// Keys in memory, for one replica.
actor MemoryIdempotency: IdempotencyKeys {
    private var digests: [UUID: Digest32] = [:]
    private var refusals: [UUID: IdempotencyRecall] = [:]

    func recall(_ use: IdempotencyUse) -> IdempotencyRecall {
        let first = digests[use.command, default: use.digest]
        digests[use.command] = first
        guard first == use.digest else { return .otherRequest }
        return refusals[use.command] ?? .open
    }

    func refuse(_ use: IdempotencyUse, status: Int, body: [UInt8]) -> IdempotencyRecall? {
        let standing = refusals[use.command] ?? .refused(status: status, body: body)
        refusals[use.command] = standing
        return standing
    }

    func forget(_ command: UUID, before position: Int64) {}
}
