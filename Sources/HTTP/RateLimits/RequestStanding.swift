import Projections
import Synchronization

/// How a request stands with the rate limits. The route's layer finds out; the outermost one must tell the client,
/// whatever became of the request in between, hence a reference that travels with the context.
final class RequestStanding: Sendable {
    enum Verdict: Sendable, Equatable {
        /// No route has asked who calls (yet).
        case unknown
        /// The route counts nothing: health, documentation, OPTIONS.
        case exempt
        /// The caller has no limits.
        case unlimited
        case judged(RateVerdict)
    }

    private let state = Mutex(Verdict.unknown)

    var verdict: Verdict {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
