import Testing

@testable import Projections

@Suite struct RecentCacheTests {
    private struct Weight: Costed, Equatable {
        var cost: Int
    }

    @Test("What was used since the last trim stays")
    func keepsRecent() {
        var cache = RecentCache<Weight>(limit: 20)
        for index in 0..<11 { cache.insert(Weight(cost: 1), for: "\(index)") }
        cache.trim()
        cache.update("3") { _ in }
        for index in 11..<22 { cache.insert(Weight(cost: 1), for: "\(index)") }
        cache.trim()
        #expect(cache.contains("3"))
        #expect(!cache.contains("4"))
        #expect(cache.contains("21"))
    }

    @Test("Nothing goes while there is room")
    func keepsAllWithinLimit() {
        var cache = RecentCache<Weight>(limit: 20)
        for index in 0..<10 { cache.insert(Weight(cost: 1), for: "\(index)") }
        for _ in 0..<5 { cache.trim() }
        #expect(cache.values.count == 10)
    }

    @Test("Growing in place counts")
    func growth() {
        var cache = RecentCache<Weight>(limit: 20)
        cache.insert(Weight(cost: 1), for: "a")
        cache.update("a") { $0.cost = 50 }
        cache.trim()
        cache.insert(Weight(cost: 11), for: "b")
        cache.trim()
        #expect(!cache.contains("a"))
        #expect(cache["b"] == Weight(cost: 11))
    }
}
