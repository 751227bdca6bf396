import Events
import Foundation
import Testing

@Suite("Identifier")
struct IdentifierTests {
    @Test("A new id has 21 URL-safe characters and is alphanumeric at both ends")
    func pattern() throws {
        let pattern = try Regex("[A-Za-z0-9][A-Za-z0-9_-]{19}[A-Za-z0-9]")
        for _ in 0..<2_000 {
            let id = Identifier.random()
            #expect(id.wholeMatch(of: pattern) != nil, "\(id)")
            #expect(Identifier.isWellFormed(id))
        }
    }

    @Test("Ids are unique")
    func unique() {
        #expect(Set((0..<100_000).map { _ in Identifier.random() }).count == 100_000)
    }

    @Test("Every character appears at every place")
    func everyCharacter() {
        var seen = Array(repeating: Set<UInt8>(), count: Identifier.length)
        for _ in 0..<10_000 {
            for (place, character) in Identifier.random().utf8.enumerated() { seen[place].insert(character) }
        }
        // The odds of missing one are below 1e-60.
        expectSame(seen.map(\.count), [62] + Array(repeating: 64, count: 19) + [62])
    }

    @Test("Two neighbours of an id are independent: all pairs appear")
    func independent() {
        var pairs: Set<[UInt8]> = []
        for _ in 0..<10_000 {
            let id = Array(Identifier.random().utf8)
            for place in 1..<19 { pairs.insert([id[place], id[place + 1]]) }
        }
        #expect(pairs.count == 64 * 64)
    }

    @Test(
        "What could be an id and what could not",
        arguments: [
            ("uzegdn3pBpO8YCrjK0gOm", true), ("_____________________", true), ("---------------------", true),
            ("", false), ("uzegdn3pBpO8YCrjK0gO", false), ("uzegdn3pBpO8YCrjK0gOmx", false),
            ("uzegdn3pBpO8YCrjK0gO ", false), ("uzegdn3pBpO8YCrjK0g/m", false), ("uzegdn3pBpO8YCrjK0gOé", false),
            ("uzegdn3pBpO8YCrjK0gé", false), ("uzegdn3pBpO8YCrjK0gO\n", false), ("uzegdn3pBpO8YCrjK0g%m", false),
            ("uzegdn3pBpO8YCrjK0g.m", false), ("uzegdn3pBpO8YCrjK0gO\0", false),
        ])
    func wellFormed(text: String, expected: Bool) {
        #expect(Identifier.isWellFormed(text) == expected)
    }

    @Test("A time-ordered UUID has version 7 and the variant of RFC 9562")
    func version() {
        for _ in 0..<1_000 {
            let bytes = Identifier.timeOrdered().uuid
            #expect(bytes.6 >> 4 == 7)
            #expect(bytes.8 >> 6 == 0b10)
        }
    }

    @Test("Time-ordered UUIDs of a later millisecond are greater, and all are unique")
    func timeOrder() {
        var last: [UInt8] = []
        var all: Set<UUID> = []
        for _ in 0..<20_000 {
            let id = Identifier.timeOrdered()
            all.insert(id)
            let time = withUnsafeBytes(of: id.uuid) { Array($0.prefix(6)) }
            #expect(!time.lexicographicallyPrecedes(last))
            last = time
        }
        #expect(all.count == 20_000)
    }

    @Test("A time-ordered UUID begins with the milliseconds since 1970")
    func time() {
        let before = Timestamp.now().milliseconds
        let id = Identifier.timeOrdered()
        let after = Timestamp.now().milliseconds
        let time = withUnsafeBytes(of: id.uuid) { $0.prefix(6).reduce(Int64(0)) { $0 << 8 | Int64($1) } }
        #expect((before...after).contains(time))
    }
}
