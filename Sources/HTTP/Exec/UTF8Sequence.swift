/// Well-formed UTF-8 after the Unicode Standard, table 3-7, byte by byte.
enum UTF8Sequence {
    /// The character at a lead byte of 0x80 or above, or else the maximal subpart of an ill-formed sequence (Unicode
    /// 3.9, U+FFFD substitution): its length, and whether it is a character.
    static func next(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (length: Int, isValid: Bool) {
        let count: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[start] {
        case 0xC2...0xDF: count = 2
        case 0xE0: (count, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: count = 3
        case 0xED: (count, second) = (3, 0x80...0x9F)
        case 0xF0: (count, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: count = 4
        case 0xF4: (count, second) = (4, 0x80...0x8F)
        default: return (1, false)
        }
        for offset in 1..<count {
            let at = start + offset
            guard at < bytes.count, (offset == 1 ? second : 0x80...0xBF).contains(bytes[at]) else {
                return (offset, false)
            }
        }
        return (count, true)
    }

    /// Whether one encoded character is white space.
    static func isSpace(_ encoded: UnsafeBufferPointer<UInt8>) -> Bool {
        var iterator = encoded.makeIterator()
        var decoder = UTF8()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return false }
        return scalar.properties.isWhitespace
    }
}

/// Terminal control sequences (ECMA-48).
enum EscapeSequence {
    enum Length: Equatable {
        /// A CSI or OSC sequence of so many bytes.
        case complete(Int)
        /// ESC that begins neither.
        case none
        /// The bytes end inside it.
        case unfinished
    }

    /// How long the sequence at an ESC is.
    static func length(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Length {
        guard start + 1 < bytes.count else { return .unfinished }
        switch bytes[start + 1] {
        case UInt8(ascii: "["): return controlSequence(bytes, from: start)
        case UInt8(ascii: "]"): return operatingSystemCommand(bytes, from: start)
        default: return .none
        }
    }

    /// Parameters, intermediates, one final byte.
    private static func controlSequence(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Length {
        var at = start + 2
        while at < bytes.count, (0x30...0x3F).contains(bytes[at]) { at += 1 }
        while at < bytes.count, (0x20...0x2F).contains(bytes[at]) { at += 1 }
        guard at < bytes.count else { return .unfinished }
        return (0x40...0x7E).contains(bytes[at]) ? .complete(at + 1 - start) : .none
    }

    /// Up to BEL or ESC `\`. Another control before that means it never was one: text must not vanish with it.
    private static func operatingSystemCommand(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Length {
        var at = start + 2
        while at < bytes.count {
            switch bytes[at] {
            case 0x07: return .complete(at + 1 - start)
            case 0x1B:
                guard at + 1 < bytes.count else { return .unfinished }
                return bytes[at + 1] == UInt8(ascii: "\\") ? .complete(at + 2 - start) : .none
            case 0..<0x20, 0x7F: return .none
            default: at += 1
            }
        }
        return .unfinished
    }
}
