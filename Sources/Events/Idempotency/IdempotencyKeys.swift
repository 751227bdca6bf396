public import FoundationEssentials

/// One use of a client's key (CONTRACT 4.3): its first use decides what every later one is answered.
public struct IdempotencyUse: Sendable, Equatable {
    /// Id of the append that the request makes, derived from owner, route and key: of any number of requests over any
    /// number of replicas the log takes one.
    public var command: UUID
    /// What was asked, without credentials.
    public var digest: Digest32

    public init(command: UUID, digest: Digest32) {
        self.command = command
        self.digest = digest
    }
}

/// What is known of a key when it is used.
public enum IdempotencyRecall: Sendable, Equatable {
    /// It is the first use, or the first one is not settled yet.
    case open
    /// Its first use asked for something else.
    case otherRequest
    /// Its first use was refused with this status and body.
    case refused(status: Int, body: [UInt8])
    /// Its first use was taken into the log: so many events from this position.
    case taken(position: Int64, count: Int)
}

/// Remembers how clients used their keys. What a run or an upload came to is in the log; here are only the digests of
/// requests, and refusals, which leave no event.
public protocol IdempotencyKeys: Sendable {
    /// Notes a use, if it is the first, and tells what is known.
    func recall(_ use: IdempotencyUse) async throws -> IdempotencyRecall

    /// Records that the first use was refused.
    ///
    /// - Returns: what stands: an earlier refusal, or this one; nil when the log took an append meanwhile.
    func refuse(_ use: IdempotencyUse, status: Int, body: [UInt8]) async throws -> IdempotencyRecall?

    /// Forgets the append of a run that was given up in the queue, so that it can be asked for again.
    ///
    /// - Parameter position: of the run's last event; a later append stays.
    func forget(_ command: UUID, before position: Int64) async throws
}
