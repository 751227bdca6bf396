import Foundation

/// Finds `CRLF--boundary` in a stream of chunks without keeping any of them.
///
/// CR occurs in the delimiter at its start only (a boundary cannot hold one). So a partial match at the end of a
/// chunk is fully described by its length, and where it fails the search goes on behind it: no byte is looked at
/// twice, and what was held back is a prefix of the delimiter itself.
struct DelimiterScanner {
    /// What a scan found out.
    struct Outcome: Equatable {
        /// How many bytes held back from earlier chunks turned out to be data: the end of a delimiter prefix.
        var released: Range<Int>
        /// The data in this chunk.
        var data: Range<Int>
        /// Whether the delimiter follows the data.
        var found: Bool
        /// Where to go on in this chunk.
        var next: Int
    }

    /// CRLF, two dashes, boundary.
    let delimiter: [UInt8]
    /// Bytes of the delimiter seen so far at the end of the stream.
    private var matched = 0
    /// Leading bytes of that match which the stream never held (see `restart`).
    private var assumed = 0

    init(boundary: [UInt8]) { delimiter = [0x0D, 0x0A, 0x2D, 0x2D] + boundary }

    /// Starts a new search as if a line end had just been seen: a delimiter may stand at the very start of a body,
    /// and directly behind an empty header block.
    mutating func restart() {
        matched = 2
        assumed = 2
    }

    /// Searches a chunk from `start` to its end or to the delimiter.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Outcome {
        var released = 0..<0
        if matched > 0 {
            let length = matchLength(bytes, at: start, having: matched)
            if matched + length == delimiter.count {
                matched = 0
                return Outcome(released: 0..<0, data: start..<start, found: true, next: start + length)
            }
            if start + length == bytes.count {
                matched += length
                return Outcome(released: 0..<0, data: start..<start, found: false, next: bytes.count)
            }
            released = assumed..<matched
            matched = 0
        }
        assumed = 0
        var position = start
        while let candidate = carriageReturn(bytes, from: position) {
            let length = matchLength(bytes, at: candidate, having: 0)
            if length == delimiter.count {
                return Outcome(released: released, data: start..<candidate, found: true, next: candidate + length)
            }
            if candidate + length == bytes.count {
                matched = length
                return Outcome(released: released, data: start..<candidate, found: false, next: bytes.count)
            }
            position = candidate + 1
        }
        return Outcome(released: released, data: start..<bytes.count, found: false, next: bytes.count)
    }

    /// How many bytes at `start` continue a match of `having` bytes.
    private func matchLength(_ bytes: UnsafeRawBufferPointer, at start: Int, having: Int) -> Int {
        let limit = min(delimiter.count - having, bytes.count - start)
        var length = 0
        while length < limit, bytes[start + length] == delimiter[having + length] { length += 1 }
        return length
    }

    private func carriageReturn(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let hit = memchr(base + start, 0x0D, bytes.count - start)
        else { return nil }
        return base.distance(to: UnsafeRawPointer(hit))
    }
}
