extension MultipartPart {
    /// Reads a header block: lines ended by LF or CRLF, the last one empty. Only Content-Disposition and
    /// Content-Type matter (RFC 7578 section 4.8); of repeated ones the first counts.
    init(headerBlock: [UInt8]) throws(MultipartError) {
        self.init()
        var disposition: [UInt8]?
        var type: [UInt8]?
        for line in Self.unfoldedLines(headerBlock) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw .malformedHeader }
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            let value = Array(line[(colon + 1)...])
            switch name {
            case "content-disposition": disposition = disposition ?? value
            case "content-type": type = type ?? value
            default: break
            }
        }
        if let disposition { read(disposition: HeaderParameters(disposition)) }
        contentType = type.flatMap(Self.printable)
    }

    private mutating func read(disposition: HeaderParameters) {
        guard disposition.value == "form-data" else { return }
        name = disposition["name"].map(FormText.decode)
        let extended = disposition["filename*"]
        filename =
            extended.flatMap(FormText.decodeExtended)
            ?? disposition["filename"].map { FormText.decode(FormText.unescapingQuotes($0)) }
            ?? extended.map(FormText.decode)
    }

    /// Header lines, with continuation lines (which start with a blank) joined to theirs.
    private static func unfoldedLines(_ block: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for raw in block.split(separator: UInt8(ascii: "\n")) {
            let line = raw.last == UInt8(ascii: "\r") ? raw.dropLast() : raw
            guard let first = line.first else { continue }
            if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t"), !lines.isEmpty {
                lines[lines.count - 1].append(contentsOf: line)
            } else {
                lines.append(Array(line))
            }
        }
        return lines
    }

    /// A value that can stand in a response header later.
    private static func printable(_ value: [UInt8]) -> String? {
        let text = value.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard !text.isEmpty, text.count <= 255, text.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        return String(decoding: text, as: UTF8.self)
    }
}
