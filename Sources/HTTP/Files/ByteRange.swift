import HTTPTypes

/// What part of a file a request wants (RFC 9110 section 14). One range only; several, or what cannot be understood,
/// get the whole file, as the RFC allows.
enum ByteRange: Equatable {
    case whole
    case part(Range<Int64>)
    case unsatisfiable

    static func asked(of headers: HTTPFields, size: Int64, etag: String) -> ByteRange {
        guard let field = headers[.range], field.hasPrefix("bytes=") else { return .whole }
        // A date in If-Range never matches: lastModified tells of touches, not of contents.
        if let condition = headers[.ifRange], condition != etag { return .whole }
        let bounds = field.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2 else { return .whole }
        switch (digits(bounds[0]), digits(bounds[1])) {
        case (let first?, let last?) where first <= last:
            return first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
        case (let first?, nil) where bounds[1].isEmpty:
            return first < size ? .part(first..<size) : .unsatisfiable
        case (nil, let suffix?) where bounds[0].isEmpty:
            return suffix > 0 && size > 0 ? .part(max(0, size - suffix)..<size) : .unsatisfiable
        default: return .whole
        }
    }

    private static func digits(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int64(text) : nil
    }
}

/// Entity tags in conditions.
enum EntityTags {
    /// Whether an If-None-Match names this tag, weakly compared (RFC 9110 section 13.1.2).
    ///
    /// - Parameter quotes: whether a tag must have them; clients of state routes leave them out (CONTRACT 8).
    static func match(_ etag: String, in condition: String?, quotes: Bool = true) -> Bool {
        guard let condition else { return false }
        let bare = etag.dropFirst().dropLast()
        return condition.split(separator: ",").contains { entry in
            let tag = entry.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
            return tag == "*" || tag == etag || tag == "W/" + etag || (!quotes && tag == bare)
        }
    }
}
