import Testing

@testable import HTTP

@Suite struct FailureLimiterTests {
    @Test func `more failures than the limit make a peer wait until its window ends`() {
        let limiter = FailureLimiter(limit: 2, window: .seconds(300))
        let start = ContinuousClock.now
        #expect(limiter.record("a", now: start) == nil)
        #expect(limiter.record("a", now: start) == nil)
        #expect(limiter.record("a", now: start + .seconds(100)) == .seconds(200))
        #expect(limiter.record("b", now: start) == nil)
        #expect(limiter.record("a", now: start + .seconds(300)) == nil)
    }
}
