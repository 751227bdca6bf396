/// The bytes of a file in a sandbox, in pieces, to be read once.
struct SandboxFileBytes: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    /// Returns the next piece, or nil at the end.
    let next: @Sendable () throws -> [UInt8]?

    struct AsyncIterator: AsyncIteratorProtocol {
        let nextPiece: @Sendable () throws -> [UInt8]?

        mutating func next() async throws -> [UInt8]? {
            try Task.checkCancellation()
            return try nextPiece()
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(nextPiece: next)
    }
}
