/// The boundary that a request's Content-Type names.
enum MultipartBoundary {
    /// RFC 2046 allows 70; some senders are known to exceed it.
    static let maximumBytes = 200

    /// The boundary bytes of a `multipart/form-data` content type; nil when it is another type or has none.
    static func parse(contentType: String) -> [UInt8]? {
        let header = HeaderParameters(contentType.utf8)
        guard header.value == "multipart/form-data", let boundary = header["boundary"], !boundary.isEmpty,
            boundary.count <= maximumBytes, boundary.allSatisfy({ (0x20...0x7E).contains($0) }),
            boundary.last != UInt8(ascii: " ")
        else { return nil }
        return boundary
    }
}
