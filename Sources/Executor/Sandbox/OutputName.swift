internal import Foundation

/// Turns a path in a sandbox into the name it is stored under (CONTRACT 5.3, 7.7).
enum OutputName {
    static let maximumBytes = 1024
    static let maximumSegmentBytes = 255
    static let maximumSegments = 20

    /// Directories that hold what tools made for themselves.
    static let ignoredDirectories: Set<String> = ["__pycache__", "node_modules", "venv", "site-packages"]

    /// The stored name, or nil if the path may not be one.
    static func stored(_ rawPath: [UInt8]) -> String? {
        guard let text = String(validating: rawPath, as: UTF8.self), !text.unicodeScalars.contains("\0") else {
            return nil
        }
        let name = replacingControls(text).precomposedStringWithCanonicalMapping
        let segments = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, name.utf8.count <= maximumBytes, segments.count <= maximumSegments else { return nil }
        for segment in segments {
            guard !segment.isEmpty, segment != ".", segment != "..", segment.utf8.count <= maximumSegmentBytes else {
                return nil
            }
        }
        return name
    }

    /// What to call a path that has no stored name.
    static func shown(_ rawPath: [UInt8]) -> String {
        let text = replacingControls(String(decoding: rawPath, as: UTF8.self))
        return String(text.unicodeScalars.prefix(maximumBytes).map(Character.init))
    }

    private static func replacingControls(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x01...0x1f, 0x7f...0x9f: result.append("_")
            case 0x5c: result.append("/")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
