import Foundation

/// Names of files: where a name lies below `/mnt/data`, and what name an upload is stored under.
///
/// Works on code points, never on characters: Swift sees `/` followed by a combining mark as one character, so a
/// split by characters would let a path segment hide.
public enum MountPath {
    /// Bytes of a whole path (UTF-8).
    public static let maximumBytes = 1024
    /// Bytes of one segment: what Linux file systems take.
    public static let maximumSegmentBytes = 255
    /// Segments of a path: directories and the file.
    public static let maximumSegments = 20

    /// NFC never makes a text shorter than a third (decomposed Hangul), so longer ones need not be looked at.
    private static let maximumRawBytes = maximumBytes * 8

    /// The path below `/mnt/data` that a client's name means (CONTRACT 5.3): a leading `/mnt/data/`, `./` or `/` is
    /// dropped, `\` is `/`, empty and `.` segments vanish, the rest is NFC.
    ///
    /// - Returns: nil when the name is unsafe: a `..` segment, NUL, nothing left, or beyond the limits.
    public static func normalize(_ raw: String) -> String? {
        guard var segments = segments(of: raw) else { return nil }
        let isAbsolute = raw.utf8.first == UInt8(ascii: "/") || raw.utf8.first == UInt8(ascii: "\\")
        if isAbsolute, segments.count >= 2, segments[0] == "mnt", segments[1] == "data" { segments.removeFirst(2) }
        return joined(segments)
    }

    /// The name an upload is stored under (CONTRACT 7.7): as `normalize`, but C0 and C1 controls and DEL become `_`,
    /// and `/mnt/data/` is not special.
    ///
    /// - Returns: nil when the name is unsafe, by the same rules: a name that is stored can be mounted.
    public static func stored(_ raw: String) -> String? {
        guard let segments = segments(of: raw) else { return nil }
        return joined(segments.map(withoutControls))
    }

    /// The canonical composition (NFC) of a text.
    public static func nfc(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
    }

    /// Non-empty segments other than `.`; nil for NUL, `..` or an absurd length.
    private static func segments(of raw: String) -> [String]? {
        guard raw.utf8.count <= maximumRawBytes, !raw.utf8.contains(0) else { return nil }
        let parts = raw.utf8.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        var segments: [String] = []
        for part in parts {
            let segment = String(decoding: part, as: UTF8.self)
            if segment == ".." { return nil }
            if segment != "." { segments.append(segment) }
        }
        return segments
    }

    private static func joined(_ segments: [String]) -> String? {
        let composed = segments.map(nfc)
        guard !composed.isEmpty, composed.count <= maximumSegments,
            composed.allSatisfy({ $0.utf8.count <= maximumSegmentBytes })
        else { return nil }
        let path = composed.joined(separator: "/")
        return path.utf8.count <= maximumBytes ? path : nil
    }

    private static func withoutControls(_ segment: String) -> String {
        let isControl = { (scalar: Unicode.Scalar) in scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) }
        guard segment.unicodeScalars.contains(where: isControl) else { return segment }
        var cleaned = String.UnicodeScalarView()
        for scalar in segment.unicodeScalars { cleaned.append(isControl(scalar) ? "_" : scalar) }
        return String(cleaned)
    }
}
