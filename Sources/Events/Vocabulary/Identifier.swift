public import FoundationEssentials

/// The ids clients see: sessions, files, executions, requests (CONTRACT section 0).
public enum Identifier {
    /// Characters of every id.
    public static let length = 21

    /// The stream of the installation itself: its API keys. No session, and no id that a client can name: its last
    /// character rules it out for `random()`, and `isWellFormed` denies it.
    public static let administration = "runledger_admin_keys_"

    private static let alphanumeric = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let urlSafe = alphanumeric + Array("_-".utf8)

    /// A new random id of 21 URL-safe characters (> 120 bits), alphanumeric at both ends.
    public static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        var bytes = [UInt8](repeating: 0, count: length)
        // One draw gives ten characters' worth of bits; six bits a character.
        var pool: UInt64 = 0
        var available = 0
        for index in 1..<length - 1 {
            if available < 6 {
                pool = generator.next()
                available = 60
            }
            bytes[index] = urlSafe[Int(pool & 63)]
            pool >>= 6
            available -= 6
        }
        bytes[0] = alphanumeric[Int.random(in: 0..<62, using: &generator)]
        bytes[length - 1] = alphanumeric[Int.random(in: 0..<62, using: &generator)]
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a text could be an id at all: 21 characters of `[A-Za-z0-9_-]`, and not the one that is reserved.
    public static func isWellFormed(_ text: some StringProtocol) -> Bool {
        text.utf8.count == length && text != administration
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// A time-ordered UUID (RFC 9562 version 7): new keys land at the right edge of a B-tree.
    public static func timeOrdered() -> UUID {
        let milliseconds = UInt64(Date().timeIntervalSince1970 * 1000)
        var random = SystemRandomNumberGenerator()
        let high = random.next()
        let low = random.next()
        return UUID(
            uuid: (
                UInt8(truncatingIfNeeded: milliseconds >> 40), UInt8(truncatingIfNeeded: milliseconds >> 32),
                UInt8(truncatingIfNeeded: milliseconds >> 24), UInt8(truncatingIfNeeded: milliseconds >> 16),
                UInt8(truncatingIfNeeded: milliseconds >> 8), UInt8(truncatingIfNeeded: milliseconds),
                0x70 | UInt8(truncatingIfNeeded: high) & 0x0F, UInt8(truncatingIfNeeded: high >> 8),
                0x80 | UInt8(truncatingIfNeeded: low) & 0x3F, UInt8(truncatingIfNeeded: low >> 8),
                UInt8(truncatingIfNeeded: low >> 16), UInt8(truncatingIfNeeded: low >> 24),
                UInt8(truncatingIfNeeded: low >> 32), UInt8(truncatingIfNeeded: low >> 40),
                UInt8(truncatingIfNeeded: low >> 48), UInt8(truncatingIfNeeded: low >> 56)
            ))
    }
}
