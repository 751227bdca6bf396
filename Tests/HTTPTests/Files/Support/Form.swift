import NIOCore

@testable import HTTP

/// What a body says, with the chunks of each part joined.
enum ParsedItem: Equatable, CustomStringConvertible {
    case content(MultipartPart, [UInt8])
    case finished

    static func part(_ part: MultipartPart, _ content: String) -> ParsedItem { .content(part, Array(content.utf8)) }

    var description: String {
        switch self {
        case .content(let part, let bytes): "\(part): \(String(decoding: bytes, as: UTF8.self).debugDescription)"
        case .finished: "finished"
        }
    }
}

extension MultipartPart {
    static func file(_ name: String) -> MultipartPart { MultipartPart(name: "file", filename: name) }
}

/// Builds forms.
enum Form {
    enum Part {
        case field(String, String)
        case file(String, String)
        /// Header block without its empty line, and content.
        case raw(String, [UInt8])
    }

    static func bytes(_ parts: [Part], boundary: String = "b") -> [UInt8] {
        var out: [UInt8] = []
        for part in parts {
            out += Array("--\(boundary)\r\n".utf8)
            switch part {
            case .field(let name, let value):
                out += Array("Content-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)".utf8)
            case .file(let name, let content):
                out += Array(
                    "Content-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n\r\n\(content)".utf8)
            case .raw(let head, let content): out += Array("\(head)\r\n\r\n".utf8) + content
            }
            out += [0x0D, 0x0A]
        }
        return out + Array("--\(boundary)--\r\n".utf8)
    }

    static func body(_ parts: [Part], boundary: String = "b") -> String {
        String(decoding: bytes(parts, boundary: boundary), as: UTF8.self)
    }
}

func parse(_ body: String, boundary: String = "b") throws -> [ParsedItem] {
    try parse(Array(body.utf8), boundary: boundary)
}

func parse(_ body: [UInt8], boundary: String = "b") throws -> [ParsedItem] {
    try parse(chunks: [body[...]], boundary: boundary)
}

/// Feeds the chunks one by one and joins what comes out, checking the order of events on the way.
func parse(chunks: [ArraySlice<UInt8>], boundary: String = "b") throws -> [ParsedItem] {
    var parser = MultipartParser(boundary: Array(boundary.utf8))
    var items: [ParsedItem] = []
    var open: (part: MultipartPart, bytes: [UInt8])?
    for chunk in chunks {
        for event in try parser.feed(ByteBuffer(bytes: chunk)) {
            switch event {
            case .partBegan(let part):
                precondition(open == nil, "a part began inside another")
                open = (part, [])
            case .body(let view):
                precondition(view.readableBytes > 0, "an empty body event")
                open?.bytes += Array(view.readableBytesView)
            case .partEnded:
                if let open { items.append(.content(open.part, open.bytes)) }
                open = nil
            case .finished: items.append(.finished)
            }
        }
    }
    try parser.finish()
    return items
}
