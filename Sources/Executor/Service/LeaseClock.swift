/// Knows by the monotonic clock whether this executor's lease can still be held.
///
/// A renewal counts from before it was sent, so the executor always believes its lease to end earlier than the
/// database does: it stops its own work before anyone may take it over.
struct LeaseClock<Instant: InstantProtocol>: Sendable where Instant.Duration == Duration {
    let lease: Duration
    /// Time kept back for ending the work.
    let margin: Duration
    private var renewedAt: Instant?

    init(lease: Duration, margin: Duration) {
        self.lease = lease
        self.margin = margin
    }

    mutating func renewed(sentAt instant: Instant) { renewedAt = instant }

    func isHeld(at instant: Instant) -> Bool {
        guard let renewedAt else { return false }
        return renewedAt.duration(to: instant) < lease - margin
    }
}
