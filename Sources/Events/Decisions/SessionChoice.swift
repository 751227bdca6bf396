/// Which session runs a request (CONTRACT 5.2). Ids that do not match fall through silently.
public enum SessionChoice: Sendable, Equatable {
    case existing(String)
    /// The session its runtime hint means would do; if that is none or dead, a new one that it means from then on
    /// (rule 2).
    case runtime(RuntimeBinding)
    /// Rules 1 to 3 found none: the owner's latest session of this entity id would do, if there is one (rule 4).
    case latest(entityID: String)
    /// A new private session.
    case new

    /// - Parameters:
    ///   - known: the sessions the request names, as far as they exist.
    ///   - reusesBuckets: false when `SESSION_REUSE=explicit` switches rule 3 off.
    public static func choose(
        for request: RunRequest, among known: [String: SessionState], reusesBuckets: Bool
    ) -> SessionChoice {
        if let hint = request.sessionHint, let session = known[hint], canRun(request, in: session) {
            return .existing(hint)
        }
        if let binding = request.runtimeBinding { return .runtime(binding) }
        if reusesBuckets {
            for bucket in request.files.lazy.compactMap(\.bucket) {
                if let session = known[bucket], canRun(request, in: session) { return .existing(bucket) }
            }
        }
        if let entity = request.entityID { return .latest(entityID: entity) }
        return .new
    }

    /// Live, private, of the acting owner, and of a compatible end user. A shared session never runs anything: NEW
    /// clients name agent and skill buckets here, and running there would mix their users (D7).
    public static func canRun(_ request: RunRequest, in session: SessionState) -> Bool {
        session.isLive && session.kind == .private && session.owner == request.owner
            && (session.endUser == nil || request.endUser == nil || session.endUser == request.endUser)
    }
}
