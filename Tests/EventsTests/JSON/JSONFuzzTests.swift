import Events
import TestSupport
import Testing

@Suite("JSON, any input")
struct JSONFuzzTests {
    private static let alphabet = Array("{}[]\",:\\u0dD8cC truefalsn-+.eE0123456789/\t\n".utf8)

    @Test("Garbage is refused or read, and what is read can be written and read again")
    func garbage() async throws {
        await Fuzzing.forEachSeed(2000) { seed in
            var noise = Noise(seed: seed)
            let text = noise.chance(4) ? noise.bytes(atMost: 60) : noise.bytes(atMost: 60, of: Self.alphabet)
            expectStable(text, seed)
        }
    }

    @Test("Valid JSON with a few bytes changed is refused or read, and what is read can be written and read again")
    func mutations() async throws {
        await Fuzzing.forEachSeed(1000) { seed in
            var noise = Noise(seed: seed)
            var random = RandomJSON(seed: seed)
            expectStable(noise.mutated(JSONWriter.compact(random.value(depth: 5))), seed)
        }
    }

    @Test("What is written says the same when it is read, in both forms")
    func roundTrip() async throws {
        try await Fuzzing.forEachSeed(1000) { seed in
            var random = RandomJSON(seed: seed)
            let value = random.value(depth: 5)
            let read = try JSONParser.parse(JSONWriter.compact(value))
            #expect(read == value, "seed \(seed)")
            let canonical = JSONWriter.canonical(value)
            let again = try JSONParser.parse(canonical)
            #expect(JSONWriter.canonical(again) == canonical, "seed \(seed)")
        }
    }

    @Test("Nesting of any kind and depth ends in a value or an error")
    func nesting() async throws {
        await Fuzzing.forEachSeed(60) { seed in
            var noise = Noise(seed: seed)
            var text: [UInt8] = []
            for _ in 0..<noise.below(3000) {
                text += noise.pick([Array("[".utf8), Array("{\"a\":".utf8), Array("[1,".utf8)])
            }
            expectStable(text, seed)
            expectStable([UInt8](repeating: 0x5B, count: 100_000), seed)
        }
    }

    private func expectStable(_ text: [UInt8], _ seed: UInt64) {
        guard let value = try? JSONParser.parse(text) else { return }
        let compact = JSONWriter.compact(value)
        #expect((try? JSONParser.parse(compact)) == value, "seed \(seed): \(text)")
        let canonical = JSONWriter.canonical(value)
        guard let again = try? JSONParser.parse(canonical) else {
            Issue.record("seed \(seed): the canonical form of \(text) is not JSON")
            return
        }
        #expect(JSONWriter.canonical(again) == canonical, "seed \(seed): \(text)")
    }
}
