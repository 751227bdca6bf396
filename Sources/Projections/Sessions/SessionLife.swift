import Events
import Postgres

/// How long a session lives after its last use (`SESSION_TTL_HOURS`, CONTRACT 7.7). Its last use is its newest event or
/// the last touch, whichever is later; a legal hold keeps it alive.
public struct SessionLife: Sendable, Equatable {
    /// Hours; 0 for ever.
    public let hours: Int

    /// - Parameter hours: 0 for ever.
    public init(hours: Int) { self.hours = hours }

    /// Sessions never expire.
    public static let endless = SessionLife(hours: 0)

    /// Seconds, or nil for ever.
    var seconds: Int64? { hours > 0 ? Int64(hours) * 3600 : nil }

    /// For the functions that take it: seconds, null for ever.
    var parameter: SQLParameter { seconds.map { .int8($0) } ?? .null }

    /// What a row tells about a session beside its events.
    struct Use: Equatable {
        var isHeld: Bool
        var touchedAt: Timestamp?
        /// The database's clock, which wrote the other times.
        var readAt: Timestamp
    }

    /// Tells an active session when it expires, and lets it be expired when that has passed.
    func judge(_ session: inout SessionState, _ use: Use) {
        guard let seconds, session.status == .active, !use.isHeld else { return }
        let used = max(session.lastActivityAt, use.touchedAt ?? session.lastActivityAt)
        let end = Timestamp(milliseconds: used.milliseconds + seconds * 1000)
        session.expiresAt = end
        if end <= use.readAt { session.status = .expired }
    }
}
