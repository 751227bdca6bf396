import NIOCore

/// What a multipart body says, in order: (`partBegan` `body`* `partEnded`)* `finished`.
enum MultipartEvent: Sendable, Equatable {
    case partBegan(MultipartPart)
    /// Some bytes of the current part; never empty. A view into the buffer that was fed.
    case body(ByteBuffer)
    case partEnded
    /// The closing delimiter. What follows is ignored.
    case finished
}

/// What a part's header block says about it.
struct MultipartPart: Sendable, Equatable {
    /// Name of the form field.
    var name: String?
    /// Present for files only; may be empty.
    var filename: String?
    /// As stated: printable ASCII, else nil.
    var contentType: String?
}

/// Why a body is not valid `multipart/form-data`.
enum MultipartError: Error, Sendable, Equatable {
    /// More bytes before the first delimiter than anybody sends.
    case preambleTooLong
    /// Something else than `--` or a line end follows a boundary.
    case malformedDelimiter
    case headerTooLong
    /// A header line without a colon.
    case malformedHeader
    /// The body ended before its closing delimiter.
    case unexpectedEnd

    /// One sentence for the client.
    var message: String {
        switch self {
        case .preambleTooLong: "The body does not start with the boundary named in Content-Type"
        case .malformedDelimiter: "A boundary is not followed by a line end"
        case .headerTooLong: "The headers of a part are too long"
        case .malformedHeader: "A header of a part has no colon"
        case .unexpectedEnd: "The body ends before the closing boundary"
        }
    }
}
