import Events
import Hummingbird
import NIOCore

/// The bytes of a file as a response body: one chunk in memory, the next one read when the last was taken.
enum FileBody {
    /// - Throws: what the store throws for the first chunk, so that a missing blob is still an error answer.
    static func stream(
        _ file: SessionFile, range: Range<Int64>, from blobs: any BlobStore
    ) async throws -> ResponseBody {
        try await stream(session: file.bucket, sha256: file.content.sha256, range: range, from: blobs)
    }

    /// The same for any blob of a session.
    static func stream(
        session: String, sha256: Digest32, range: Range<Int64>, from blobs: any BlobStore
    ) async throws -> ResponseBody {
        let chunks = blobs.read(session: session, sha256: sha256)
        var iterator = chunks.makeAsyncIterator()
        let first = try await iterator.next()
        return ResponseBody(contentLength: range.count) { writer in
            var window = ByteWindow(range)
            if let first, let bytes = window.take(first) { try await writer.write(bytes) }
            if !window.isComplete {
                for try await chunk in chunks {
                    if let bytes = window.take(chunk) { try await writer.write(bytes) }
                    if window.isComplete { break }
                }
            }
            guard window.isComplete else { throw LogError(.corrupt, "blob \(sha256.hex) of session \(session) is shorter than recorded") }
            try await writer.finish(nil)
        }
    }
}

/// Cuts a range out of a sequence of chunks.
struct ByteWindow {
    private let range: Range<Int64>
    private var position: Int64 = 0

    init(_ range: Range<Int64>) { self.range = range }

    /// Whether the end of the range has been passed.
    var isComplete: Bool { position >= range.upperBound }

    /// The part of the next chunk that lies in the range; nil when none does.
    mutating func take(_ chunk: [UInt8]) -> ByteBuffer? {
        let start = position
        position += Int64(chunk.count)
        let part = (start..<position).clamped(to: range)
        guard !part.isEmpty else { return nil }
        return ByteBuffer(bytes: chunk[Int(part.lowerBound - start)..<Int(part.upperBound - start)])
    }
}
