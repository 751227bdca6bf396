/// A header value of the form `value; name=value; name="value"` (RFC 2045, RFC 6266), read as senders really write
/// it. Of parameters with one name the first counts.
struct HeaderParameters {
    /// The part before the first semicolon, lower-case.
    let value: String
    /// Names are lower-case; values are raw bytes without quotes and escapes.
    private(set) var parameters: [(name: String, value: [UInt8])] = []

    init(_ bytes: some Sequence<UInt8>) {
        var reader = Reader(bytes: Array(bytes))
        value = String(decoding: reader.token(until: [.semicolon]), as: UTF8.self).lowercased()
        while reader.skip(.semicolon) {
            let name = String(decoding: reader.token(until: [.semicolon, .equals]), as: UTF8.self).lowercased()
            guard reader.skip(.equals) else { continue }
            let value = reader.value()
            if !name.isEmpty, self[name] == nil { parameters.append((name, value)) }
        }
    }

    /// The value of the first parameter of that (lower-case) name.
    subscript(name: String) -> [UInt8]? { parameters.first { $0.name == name }?.value }
}

extension UInt8 {
    fileprivate static let semicolon = UInt8(ascii: ";")
    fileprivate static let equals = UInt8(ascii: "=")
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let backslash = UInt8(ascii: "\\")
    fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

private struct Reader {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Bytes up to one of `stops` or the end, without surrounding blanks.
    mutating func token(until stops: [UInt8]) -> ArraySlice<UInt8> {
        let start = index
        while index < bytes.count, !stops.contains(bytes[index]) { index += 1 }
        var slice = bytes[start..<index]
        while slice.first?.isBlank == true { slice.removeFirst() }
        while slice.last?.isBlank == true { slice.removeLast() }
        return slice
    }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    mutating func value() -> [UInt8] {
        while index < bytes.count, bytes[index].isBlank { index += 1 }
        guard skip(.quote) else { return Array(token(until: [.semicolon])) }
        return quoted()
    }

    /// A quoted string whose first quote has been read.
    ///
    /// `\"` and `\\` are escapes (Python, Go, curl); any other backslash is itself (browsers send Windows paths so).
    /// A quote inside that nobody escaped (Node's form-data) is itself too: the closing one is followed by `;` or
    /// the end. A backslash before the very last quote belongs to the name, else the string would never close.
    private mutating func quoted() -> [UInt8] {
        var out: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            let next = index + 1 < bytes.count ? bytes[index + 1] : nil
            if byte == .backslash, next == .backslash || next == .quote && !isEnd(after: index + 2) {
                out.append(bytes[index + 1])
                index += 2
            } else if byte == .quote, closes(at: index + 1) {
                _ = token(until: [.semicolon])
                return out
            } else {
                out.append(byte)
                index += 1
            }
        }
        return out
    }

    private func firstNonBlank(from start: Int) -> UInt8? {
        bytes[min(start, bytes.count)...].first { !$0.isBlank }
    }

    private func closes(at start: Int) -> Bool {
        let next = firstNonBlank(from: start)
        return next == nil || next == .semicolon
    }

    private func isEnd(after start: Int) -> Bool { firstNonBlank(from: start) == nil }
}
