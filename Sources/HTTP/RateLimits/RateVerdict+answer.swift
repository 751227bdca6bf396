import Events
import HTTPTypes
import Projections

extension RateVerdict {
    /// The limited window with the least left; of equals the one that ends last, so that `Retry-After` is honest.
    var tightest: Window? {
        windows.filter { $0.limit != nil }.max { left, right in
            (-left.remaining, left.end.milliseconds) < (-right.remaining, right.end.milliseconds)
        }
    }

    /// The four X-RateLimit headers.
    func describe(in headers: inout HTTPFields) {
        guard let window = tightest, let limit = window.limit else { return }
        headers[.rateLimitLimit] = String(limit)
        headers[.rateLimitRemaining] = String(window.remaining)
        headers[.rateLimitReset] = String(window.end.milliseconds / 1000)
        headers[.rateLimitPeriod] = window.period.rawValue
    }

    /// Whole seconds until a window ends, at least one.
    func wait(for window: Window) -> Int {
        max(1, Int((window.end.milliseconds - judgedAt.milliseconds + 999) / 1000))
    }
}

extension RateVerdict.Window {
    var remaining: Int64 { limit.map { max(0, $0 - used) } ?? .max }
}

extension APIError {
    /// 429 of a rate limit (CONTRACT 4.2).
    static func rateLimited(_ verdict: RateVerdict) -> APIError {
        guard let window = verdict.tightest, let limit = window.limit else {
            return rateLimited("Rate limit exceeded", retryAfter: 1)
        }
        return rateLimited(
            "Rate limit exceeded for \(window.period.rawValue). Limit: \(limit), Used: \(window.used)",
            retryAfter: verdict.wait(for: window))
    }
}
