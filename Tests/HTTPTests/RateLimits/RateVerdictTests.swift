import Events
import HTTPTypes
import Projections
import Testing

@testable import HTTP

@Suite struct RateVerdictTests {
    /// One window per period that is given, as (limit, used, end in milliseconds).
    private func verdict(_ windows: [RatePeriod: (Int64?, Int64, Int64)], now: Int64 = 0) -> RateVerdict {
        RateVerdict(
            isAdmitted: true,
            windows: RatePeriod.allCases.map { period in
                let (limit, used, end) = windows[period] ?? (nil, 10_000, 1000)
                return RateVerdict.Window(
                    period: period, limit: limit, used: used, end: Timestamp(milliseconds: end))
            },
            judgedAt: Timestamp(milliseconds: now))
    }

    @Test func `the tightest window has the least left`() {
        #expect(verdict([.perMinute: (60, 10, 60_000), .daily: (100, 99, 86_400_000)]).tightest?.period == .daily)
        #expect(verdict([:]).tightest == nil)
    }

    @Test func `of two full windows the later end counts`() {
        #expect(verdict([.perSecond: (1, 1, 1000), .hourly: (5, 5, 3_600_000)]).tightest?.period == .hourly)
    }

    @Test func `a limit that was lowered below what was used leaves nothing, not less`() {
        #expect(verdict([.daily: (5, 9, 1000)]).tightest?.remaining == 0)
    }

    @Test(arguments: [(Int64(59_999), 1), (59_001, 1), (59_000, 1), (58_999, 2), (0, 60), (60_000, 1), (61_000, 1)])
    func `the wait is whole seconds and at least one`(now: Int64, seconds: Int) throws {
        let verdict = verdict([.perMinute: (1, 1, 60_000)], now: now)
        #expect(verdict.wait(for: try #require(verdict.tightest)) == seconds)
    }

    @Test func `a refusal tells window, limit and wait`() throws {
        let error = APIError.rateLimited(verdict([.perMinute: (60, 60, 60_000)], now: 30_500))
        #expect(error.message == "Rate limit exceeded for per_minute. Limit: 60, Used: 60")
        #expect(error.headers[.retryAfter] == "30")
        var headers = HTTPFields()
        verdict([.hourly: (60, 61, 3_600_000)]).describe(in: &headers)
        let shown = [HTTPField.Name.rateLimitLimit, .rateLimitRemaining, .rateLimitReset, .rateLimitPeriod]
        #expect(shown.map { headers[$0] } == ["60", "0", "3600", "hourly"])
    }
}
