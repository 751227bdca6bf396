import Events

/// Appends JSON to bytes without going through a value tree: for answers that carry long texts.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
        bytes.append(UInt8(ascii: "{"))
    }

    /// A member with any value.
    mutating func add(_ name: StaticString, _ value: JSONValue) {
        key(name)
        bytes.append(contentsOf: JSONWriter.compact(value))
    }

    /// A member with a string given as valid UTF-8.
    mutating func add(_ name: StaticString, text: [UInt8]) {
        key(name)
        bytes.append(UInt8(ascii: "\""))
        escape(text)
        bytes.append(UInt8(ascii: "\""))
    }

    /// The finished object.
    mutating func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func key(_ name: StaticString) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// Runs without anything to escape are copied whole.
    private mutating func escape(_ text: [UInt8]) {
        text.withUnsafeBufferPointer { text in
            var start = 0
            for at in text.indices {
                let byte = text[at]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                bytes.append(contentsOf: text[start..<at])
                start = at + 1
                bytes.append(UInt8(ascii: "\\"))
                switch byte {
                case 0x0A: bytes.append(UInt8(ascii: "n"))
                case 0x0D: bytes.append(UInt8(ascii: "r"))
                case 0x09: bytes.append(UInt8(ascii: "t"))
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
                default:
                    bytes.append(contentsOf: "u00".utf8)
                    bytes.append(Self.digits[Int(byte >> 4)])
                    bytes.append(Self.digits[Int(byte & 15)])
                }
            }
            bytes.append(contentsOf: text[start...])
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
