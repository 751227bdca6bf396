/// The extension of a file name, where it is a plain one.
enum FileExtension {
    /// `""`, or `.` and 1 to 16 of `[A-Za-z0-9]` (CONTRACT 7.3). A leading dot alone makes no extension.
    static func of(_ path: String) -> String {
        let base = baseName(path).utf8
        guard let dot = base.lastIndex(of: UInt8(ascii: ".")), dot > base.startIndex else { return "" }
        let letters = base[base.index(after: dot)...]
        guard (1...16).contains(letters.count), letters.allSatisfy(isAlphanumeric) else { return "" }
        return String(decoding: base[dot...], as: UTF8.self)
    }

    /// What follows the last slash. By code points: a combining mark must not hide a slash.
    static func baseName(_ path: String) -> String {
        let bytes = path.utf8
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(decoding: bytes[bytes.index(after: slash)...], as: UTF8.self)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
