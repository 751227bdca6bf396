/// Recognises LibreChat's file reader: one `cat` of one quoted name (CONTRACT 5.8.6, D11). Its output is written
/// back after an edit, so it is given whole or refused, never cut.
enum FileRead {
    /// Whether trimmed bash code matches `^cat '([^']|'\\'')*'$`.
    static func matches(_ code: [UInt8]) -> Bool {
        // A file name is at most 4 KiB; quoting makes it four times that.
        var rest = code[...]
        while let first = rest.first, isSpace(first) { rest.removeFirst() }
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        guard rest.count <= 64 * 1024, rest.starts(with: "cat '".utf8) else { return false }
        var at = rest.startIndex + 5
        while at < rest.endIndex {
            if rest[at] != UInt8(ascii: "'") {
                at += 1
            } else if rest[at...].starts(with: #"'\''"#.utf8) {
                at += 4
            } else {
                return at + 1 == rest.endIndex
            }
        }
        return false
    }

    /// What stderr says instead of a cut text.
    static func refusal(bytes: Int64) -> [UInt8] {
        OutputText.notice + " file has \(bytes) bytes, read it in parts".utf8
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
