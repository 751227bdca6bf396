import Crypto

/// Commitments and the per-session hash chain (CONTRACT 10.2). The log computes the same in SQL; this side
/// verifies, so an error in either shows.
public enum EventHash {
    /// The `prev_hash` of a session's first event.
    public static let genesis = Digest32(repeating: 0, count: 32)

    /// SHA-256(salt || JCS(data)).
    public static func commitment(salt: [UInt8], data: String) -> Digest32 {
        var hasher = SHA256()
        hasher.update(data: salt)
        var text = data
        text.withUTF8 { hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        return Array(hasher.finalize())
    }

    /// SHA-256 of the canonical JSON of the envelope: exactly `v, position, session_id, sequence, type, time,
    /// execution_id, prev_hash, data_commitment`, whose canonical order is alphabetical.
    public static func hash(of event: Event) -> Digest32 {
        var text: [UInt8] = []
        text.reserveCapacity(384)
        text.append(contentsOf: #"{"data_commitment":""#.utf8)
        text.append(contentsOf: event.dataCommitment.hexBytes)
        text.append(contentsOf: #"","execution_id":"#.utf8)
        if let execution = event.execution {
            JSONWriter.writeString(execution, into: &text)
        } else {
            text.append(contentsOf: "null".utf8)
        }
        text.append(contentsOf: #","position":"#.utf8)
        text.append(contentsOf: String(event.position).utf8)
        text.append(contentsOf: #","prev_hash":""#.utf8)
        text.append(contentsOf: event.previousHash.hexBytes)
        text.append(contentsOf: #"","sequence":"#.utf8)
        text.append(contentsOf: String(event.version).utf8)
        text.append(contentsOf: #","session_id":"#.utf8)
        JSONWriter.writeString(event.session, into: &text)
        text.append(contentsOf: #","time":""#.utf8)
        text.append(contentsOf: event.time.utf8)
        text.append(contentsOf: #"","type":"#.utf8)
        JSONWriter.writeString(event.type.rawValue, into: &text)
        text.append(contentsOf: #","v":"#.utf8)
        text.append(contentsOf: String(Event.formatVersion).utf8)
        text.append(UInt8(ascii: "}"))
        return sha256(text)
    }

    /// SHA-256 of some bytes.
    public static func sha256(_ bytes: [UInt8]) -> Digest32 {
        Array(bytes.withUnsafeBytes { buffer in
            var hasher = SHA256()
            hasher.update(bufferPointer: buffer)
            return hasher.finalize()
        })
    }
}
