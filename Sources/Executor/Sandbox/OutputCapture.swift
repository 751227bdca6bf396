/// Keeps the beginning of a stream and counts the rest.
struct OutputCapture: Sendable {
    let limit: Int
    private(set) var captured = CapturedOutput()

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes the next bytes and returns those of them that are kept.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let room = max(0, limit - captured.bytes.count)
        let kept = Array(bytes.prefix(room))
        captured.bytes.append(contentsOf: kept)
        captured.totalBytes += bytes.count
        return kept
    }
}
