import Foundation

/// How long a property is tried with random input: some fixed seeds always, so that every run of the tests does the
/// same; then, if the environment has `FUZZ_SECONDS`, new seeds for that long.
public enum Fuzzing {
    /// Calls `property` with one seed after the other. It must say its seed when it fails.
    ///
    /// - Parameter seeds: how many of the fixed ones; together they should take well under a second.
    public static func forEachSeed(_ seeds: Int = 300, _ property: (UInt64) throws -> Void) async rethrows {
        for seed in 0..<UInt64(seeds) { try property(seed) }
        guard let text = ProcessInfo.processInfo.environment["FUZZ_SECONDS"], let seconds = Int(text) else { return }
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        var seed = UInt64.random(in: UInt64(seeds)...(.max / 2))
        while clock.now < end {
            for _ in 0..<100 {
                try property(seed)
                seed += 1
            }
            // Properties share the threads of the pool; each gets its turn.
            await Task.yield()
        }
    }
}

/// SplitMix64, and the kinds of input that parsers stumble over.
public struct Noise: RandomNumberGenerator {
    private var state: UInt64

    /// The same seed yields the same noise.
    public init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, `bound`.
    public mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// True once in so many times.
    public mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

    /// One of the choices, each as likely.
    public mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    /// Any bytes, 0 to `count` of them.
    public mutating func bytes(atMost count: Int) -> [UInt8] {
        (0..<below(count + 1)).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// Bytes of this alphabet, mostly.
    public mutating func bytes(atMost count: Int, of alphabet: [UInt8]) -> [UInt8] {
        (0..<below(count + 1)).map { _ in chance(40) ? UInt8(truncatingIfNeeded: next()) : pick(alphabet) }
    }

    /// Text of every kind of scalar: controls, quotes, accents apart and joined, Hangul, beyond the BMP.
    public mutating func text(atMost count: Int) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x00...0x1F, 0x20...0x7E, 0x20...0x7E, 0x22...0x22, 0x5C...0x5C, 0x2E...0x2F, 0x7F...0x9F, 0xA0...0x17F,
            0x300...0x36F, 0x1100...0x11FF, 0xAC00...0xD7A3, 0xE000...0xFFFF, 0x1_0000...0x1_FFFF,
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<below(count + 1) {
            let range = pick(ranges)
            text.append(Unicode.Scalar(UInt32.random(in: range, using: &self)) ?? "?")
        }
        return String(text)
    }

    /// The bytes with a few of them changed, dropped, doubled or moved.
    public mutating func mutated(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0...below(4) where !bytes.isEmpty {
            let at = below(bytes.count)
            switch below(5) {
            case 0: bytes[at] = UInt8(truncatingIfNeeded: next())
            case 1: bytes.remove(at: at)
            case 2: bytes.insert(bytes[below(bytes.count)], at: at)
            case 3: bytes.removeSubrange(at..<min(bytes.count, at + 1 + below(8)))
            default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + below(20))], at: below(bytes.count))
            }
        }
        return bytes
    }

    /// The bytes in pieces, many of them tiny, some empty.
    public mutating func pieces(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + below(chance(2) ? 4 : 80))
            pieces.append(bytes[start..<end])
            start = end
        }
        return pieces
    }
}
