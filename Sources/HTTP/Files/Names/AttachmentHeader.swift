import Events

/// The Content-Disposition of a download (CONTRACT 7.5).
enum AttachmentHeader {
    /// `attachment; filename="F"; filename*=UTF-8''P` for the base name of a path: pure ASCII, whatever the name.
    static func value(for path: String) -> String {
        let name = MountPath.nfc(FileExtension.baseName(path))
        return "attachment; filename=\"\(fallback(name))\"; filename*=UTF-8''\(percentEncoded(name))"
    }

    /// For clients that cannot read the extended form: each code point outside `[A-Za-z0-9._-]` is a `_`.
    private static func fallback(_ name: String) -> String {
        let plain = name.unicodeScalars.map { isPlain($0) ? Character($0) : "_" }
        return plain.isEmpty ? "download" : String(plain)
    }

    private static func percentEncoded(_ name: String) -> String {
        var out: [UInt8] = []
        for byte in name.utf8 {
            let scalar = Unicode.Scalar(byte)
            if byte < 0x80, isPlain(scalar) || scalar == "~" {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(hexDigit(byte >> 4))
                out.append(hexDigit(byte & 15))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9", ".", "_", "-": true
        default: false
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
