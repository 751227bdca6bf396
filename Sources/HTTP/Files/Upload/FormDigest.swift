import Crypto
import Events
import NIOCore

/// What a form says, whatever its boundary: the ordered list of field name, file name and SHA-256 of the bytes of
/// its parts (CONTRACT 4.3). Clients make a new boundary each time they try (trap 19).
struct FormDigest {
    private var whole = SHA256()
    private var part = SHA256()

    mutating func begin(_ part: MultipartPart) {
        self.part = SHA256()
        add(part.name)
        add(part.filename)
    }

    mutating func add(_ bytes: ByteBuffer) { bytes.withUnsafeReadableBytes { part.update(bufferPointer: $0) } }

    mutating func end() { whole.update(data: Array(part.finalize())) }

    var value: Digest32 { Array(whole.finalize()) }

    /// With its length, so that no two lists look alike; nothing is not empty.
    private mutating func add(_ text: String?) {
        let bytes = Array((text ?? "").utf8)
        whole.update(data: Array("\(text == nil ? -1 : bytes.count):".utf8))
        whole.update(data: bytes)
    }
}
