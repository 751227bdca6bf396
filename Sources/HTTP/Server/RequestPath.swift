/// The one spelling of a request target that routes are matched against (CONTRACT section 0).
enum RequestPath {
    /// Collapses runs of `/`, drops one trailing slash, and decodes percent escapes once, as far as that yields
    /// characters that mean nothing in a path. The query is left alone.
    ///
    /// - Returns: nil when the path holds a NUL, which no route has.
    static func normalised(_ target: String) -> String? {
        if isNormal(target) { return target }
        let end = target.utf8.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? target.endIndex
        var out: [UInt8] = []
        out.reserveCapacity(target.utf8.count)
        for segment in target[..<end].utf8.split(separator: UInt8(ascii: "/")) {
            guard let decoded = decode(segment) else { return nil }
            out.append(UInt8(ascii: "/"))
            out.append(contentsOf: decoded)
        }
        if out.isEmpty { out.append(UInt8(ascii: "/")) }
        out.append(contentsOf: target[end...].utf8)
        return String(decoding: out, as: UTF8.self)
    }

    /// Most targets are normal as they come.
    private static func isNormal(_ target: String) -> Bool {
        var previous: UInt8 = 0
        for byte in target.utf8 {
            if byte == UInt8(ascii: "?") { break }
            if byte == UInt8(ascii: "%") || byte == UInt8(ascii: "#") { return false }
            if byte == UInt8(ascii: "/"), previous == UInt8(ascii: "/") { return false }
            if previous == 0, byte != UInt8(ascii: "/") { return false }
            previous = byte
        }
        return previous != 0 && (previous != UInt8(ascii: "/") || target.utf8.count == 1)
    }

    /// A segment decoded, or as it came if decoding yields anything but unreserved characters: ids and route words
    /// consist of those, so that everything else stays unknown. Nil for a NUL.
    private static func decode(_ segment: Substring.UTF8View) -> [UInt8]? {
        let raw = Array(segment)
        guard raw.contains(UInt8(ascii: "%")) else { return raw.contains(0) ? nil : raw }
        var decoded: [UInt8] = []
        var isPlain = true
        var at = 0
        while at < raw.count {
            var byte = raw[at]
            if byte == UInt8(ascii: "%"), at + 2 < raw.count, let high = digit(raw[at + 1]),
                let low = digit(raw[at + 2])
            {
                byte = high << 4 | low
                if byte == 0 { return nil }
                isPlain = isPlain && isUnreserved(byte)
                at += 3
            } else {
                at += 1
            }
            decoded.append(byte)
        }
        return isPlain ? decoded : raw
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// RFC 3986 section 2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
