public import FoundationEssentials
import Synchronization

/// A slot of an executor in this process, held for one execution whose request is about to be appended.
public struct SlotReservation: Sendable {
    /// Id of the executor.
    public let executor: UUID
    public let executorName: String
    /// The fencing token the request is appended with.
    public let claim: UUID
    /// To be called once with the committed request, or with nil if it was not taken.
    public let settle: @Sendable (ClaimedExecution?) -> Void

    public init(
        executor: UUID, executorName: String, claim: UUID, settle: @escaping @Sendable (ClaimedExecution?) -> Void
    ) {
        self.executor = executor
        self.executorName = executorName
        self.claim = claim
        self.settle = settle
    }
}

/// Where the executor of this process offers its free slots to whoever appends requests.
///
/// This is the only thing HTTP and the executor share besides the log, and it only saves a round trip: without a
/// reservation the request is claimed from the queue like any other.
public final class EagerClaims: Sendable {
    private let source = Mutex<(@Sendable () -> SlotReservation?)?>(nil)

    public init() {}

    /// Sets how slots are reserved; nil withdraws the offer.
    public func offer(_ reserve: (@Sendable () -> SlotReservation?)?) {
        source.withLock { $0 = reserve }
    }

    /// A free slot, if this process has an executor with one.
    public func reserve() -> SlotReservation? {
        source.withLock { $0 }?()
    }
}
