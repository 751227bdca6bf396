import Crypto

/// Merkle tree hash of RFC 6962, section 2.1.
public enum Merkle {
    /// Root over the leaves' bytes, in order. The root of no leaves is SHA-256 of the empty string.
    public static func root(_ leaves: [Digest32]) -> Digest32 {
        guard !leaves.isEmpty else { return EventHash.sha256([]) }
        return root(leaves[...])
    }

    private static func root(_ leaves: ArraySlice<Digest32>) -> Digest32 {
        if leaves.count == 1, let leaf = leaves.first { return EventHash.sha256([0x00] + leaf) }
        // The split is the largest power of two below the count.
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        let middle = leaves.startIndex + split
        return EventHash.sha256([0x01] + root(leaves[..<middle]) + root(leaves[middle...]))
    }
}
