import Events
import Testing

@Suite("Merkle tree (RFC 6962)")
struct MerkleTests {
    private func leaf(_ bytes: [UInt8]) -> Digest32 { EventHash.sha256([0x00] + bytes) }
    private func node(_ left: Digest32, _ right: Digest32) -> Digest32 { EventHash.sha256([0x01] + left + right) }
    private func leaves(_ count: Int) -> [Digest32] { (0..<count).map { EventHash.sha256([UInt8($0)]) } }

    @Test("The root of nothing is the digest of the empty string")
    func empty() {
        #expect(Merkle.root([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    /// The trees of one to nine leaves drawn by hand, so that no code decides where they split.
    @Test("Trees of one to nine leaves split at the largest power of two")
    func drawnByHand() {
        let h = leaves(9).map(leaf)
        let pairs = [node(h[0], h[1]), node(h[2], h[3]), node(h[4], h[5]), node(h[6], h[7])]
        let first = node(pairs[0], pairs[1])
        let second = node(pairs[2], pairs[3])
        let roots = [
            h[0], pairs[0], node(pairs[0], h[2]), first, node(first, h[4]), node(first, pairs[2]),
            node(first, node(pairs[2], h[6])), node(first, second), node(node(first, second), h[8]),
        ]
        expectSame((1...9).map { Merkle.root(leaves($0)).hex }, roots.map(\.hex))
    }

    @Test("Roots of up to 100 leaves equal those of a tree that is grown leaf by leaf")
    func grown() {
        // Perfect subtrees of decreasing size, merged like the carries of a binary counter (RFC 9162, 2.1.2).
        var stack: [Digest32] = []
        for (index, bytes) in leaves(100).enumerated() {
            stack.append(leaf(bytes))
            var carry = index
            while carry & 1 == 1 {
                let right = stack.removeLast()
                stack.append(node(stack.removeLast(), right))
                carry >>= 1
            }
            let root = stack.dropLast().reversed().reduce(stack[stack.count - 1]) { node($1, $0) }
            #expect(Merkle.root(leaves(index + 1)).hex == root.hex, "\(index + 1) leaves")
        }
    }

    @Test("Roots of the test vectors of Certificate Transparency")
    func certificateTransparency() throws {
        let inputs = [
            "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
        ]
        let leaves = try inputs.map { try #require([UInt8](hex: $0)) }
        #expect(
            Merkle.root(Array(leaves[..<1])).hex == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        #expect(Merkle.root(leaves).hex == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
    }

    @Test("The root depends on the order of the leaves")
    func order() {
        #expect(Merkle.root(leaves(5)) != Merkle.root(leaves(5).reversed()))
    }
}
