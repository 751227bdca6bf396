import Events
import HTTPTypes
import Hummingbird
import Projections

/// Counts requests: the uses of every key, and those of callers with limits against their limits (CONTRACT 4.2).
/// Callers without limits cost no question to the database.
struct RequestMeter: Sendable {
    /// How long an answer may wait for its rate-limit headers when nothing else of it needs the database.
    private static let patience = Duration.milliseconds(500)

    let accounts: any KeyAccounts
    let uses: KeyUses
    /// `RATE_LIMIT_ENABLED`.
    let isLimiting: Bool
    let authenticator: Authenticator

    /// Counts a request of a caller.
    ///
    /// - Parameter counts: false for the requests that limits do not concern.
    /// - Throws: 429 over a limit; `LogError` when the count cannot be taken.
    func admit(_ caller: Caller, _ standing: RequestStanding, counts: Bool) async throws {
        let acting = caller.acting
        if let key = acting.key { uses.add(key) }
        guard isLimiting, !acting.limits.isUnlimited else {
            standing.verdict = .unlimited
            return
        }
        let verdict = try await accounts.admit(acting.rateSubject, limits: acting.limits, counts: counts)
        standing.verdict = .judged(verdict)
        if counts, !verdict.isAdmitted { throw APIError.rateLimited(verdict) }
    }

    /// Puts the state of the caller's limits on an answer. A request that no route took counts here: to guess paths
    /// is no way around a limit.
    func finish(_ response: Response, to request: Request, _ context: APIRequestContext) async -> Response {
        var response = response
        switch context.standing.verdict {
        case .judged(let verdict): verdict.describe(in: &response.headers)
        case .unlimited: break
        case .exempt, .unknown:
            guard isLimiting, let acting = await authenticator.acting(by: request.headers), !acting.limits.isUnlimited
            else { break }
            let counts = context.standing.verdict == .unknown && request.method != .options
            guard let verdict = await verdict(on: acting, counts: counts) else { break }
            if counts, !verdict.isAdmitted {
                response = Response(APIError.rateLimited(verdict), requestID: context.requestID)
            }
            verdict.describe(in: &response.headers)
        }
        return response
    }

    /// Nil when the database does not answer soon: the answer to an open route must not depend on it.
    private func verdict(on identity: Identity, counts: Bool) async -> RateVerdict? {
        await withTaskGroup(of: RateVerdict?.self) { group in
            group.addTask {
                try? await accounts.admit(identity.rateSubject, limits: identity.limits, counts: counts)
            }
            group.addTask {
                try? await Task.sleep(for: Self.patience)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
