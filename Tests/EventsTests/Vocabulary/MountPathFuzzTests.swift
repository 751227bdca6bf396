import Events
import TestSupport
import Testing

@Suite("Mount paths, any name")
struct MountPathFuzzTests {
    @Test("A name is refused or becomes a safe path that stays as it is")
    func safe() async throws {
        await Fuzzing.forEachSeed(3000) { seed in
            var noise = Noise(seed: seed)
            var name = noise.text(atMost: noise.chance(10) ? 600 : 20)
            for _ in 0..<noise.below(4) {
                name += noise.pick(["/", "//", "\\", "..", ".", "/../", "./", "/mnt/data/", "a"])
            }
            if noise.chance(8) { name = "/mnt/data/" + name }
            for path in [MountPath.normalize(name), MountPath.stored(name)] {
                guard let path else { continue }
                let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                #expect((1...20).contains(segments.count) && path.utf8.count <= 1024, "seed \(seed)")
                for segment in segments {
                    #expect(!segment.isEmpty && segment.count <= 255, "seed \(seed): \(path)")
                    #expect(
                        !segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8), "seed \(seed): \(path)")
                }
                #expect(!path.utf8.contains(0) && !path.utf8.contains(UInt8(ascii: "\\")), "seed \(seed): \(path)")
                #expect(MountPath.nfc(path).utf8.elementsEqual(path.utf8), "seed \(seed): \(path)")
                #expect(MountPath.normalize(path)?.utf8.elementsEqual(path.utf8) == true, "seed \(seed): \(path)")
            }
            if let stored = MountPath.stored(name) {
                #expect(
                    stored.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) },
                    "seed \(seed): \(stored)")
            }
        }
    }
}
