public import Events

/// Answers questions about one session from the fold of its stream: view row plus the events after it, in one round
/// trip, never stale however late the projector is (DESIGN 3.4).
public protocol SessionReader: Sendable {
    /// The sessions of these ids that exist, in any status; one whose life after its last use is over is expired,
    /// whether an event says so yet or not. Each state holds all current files, and those of
    /// `files` that are live in it (as own version or alias).
    func load(_ sessions: [String], files: [String]) async throws -> [String: SessionState]

    /// One session with every live version and alias; nil when it does not exist.
    func loadComplete(_ session: String) async throws -> SessionState?

    /// The sessions that own a file version of that id (not aliases): one, or none.
    func sessions(owningFile file: String) async throws -> [String]

    /// The most recently active live private session of an owner that ran with this entity id and has exactly this
    /// end user (nil equals nil).
    func latestSession(owner: Owner, entityID: String, endUser: String?) async throws -> String?

    /// Records a use of a session and returns the time to report as its last touch. Written at most every ten
    /// minutes a session; not a ledger event (CONTRACT 7.4).
    func touch(_ session: String) async throws -> Timestamp

    /// The session that a runtime hint means at this moment, in any status (CONTRACT 5.2, rule 2).
    func session(boundTo runtime: RuntimeBinding) async throws -> String?
}
