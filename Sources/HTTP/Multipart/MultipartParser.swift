import NIOCore

/// Reads a multipart body (RFC 7578) as it arrives. Pure: chunks in, events out; holds at most one header block.
///
/// Line ends inside a header block and behind a boundary may be a bare LF. In front of a boundary it must be CRLF:
/// there a bare LF could be the last byte of a file.
struct MultipartParser {
    /// Bytes of one header block. A name of the greatest length, percent-encoded, fits four times.
    static let maximumHeaderBytes = 16 << 10
    /// Bytes before the first boundary. Nobody sends any; a wrong boundary should show soon.
    static let maximumPreambleBytes = 4 << 10
    /// Blanks that a gateway may have added behind a boundary.
    static let maximumPaddingBytes = 256

    private enum State {
        case preamble(bytes: Int)
        case afterBoundary(AfterBoundary)
        case headers(lineLength: Int)
        case body
        case epilogue
        case failed(MultipartError)
    }

    private enum AfterBoundary {
        case start, dash, carriageReturn
        case padding(Int)
    }

    private var scanner: DelimiterScanner
    private var state = State.preamble(bytes: 0)
    private var headerBlock: [UInt8] = []

    init(boundary: [UInt8]) {
        scanner = DelimiterScanner(boundary: boundary)
        scanner.restart()
    }

    /// Takes the next bytes of the body and tells what they complete. After an error every call throws it again.
    mutating func feed(_ buffer: ByteBuffer) throws(MultipartError) -> [MultipartEvent] {
        var events: [MultipartEvent] = []
        var index = 0
        do throws(MultipartError) {
            while index < buffer.readableBytes {
                switch state {
                case .preamble(let bytes): index = try skipPreamble(buffer, from: index, after: bytes)
                case .afterBoundary(let position):
                    state = try advance(position, byte: buffer.byte(at: index), events: &events)
                    index += 1
                case .headers(let length):
                    state = try advance(lineLength: length, byte: buffer.byte(at: index), events: &events)
                    index += 1
                case .body: index = readBody(buffer, from: index, events: &events)
                case .epilogue: index = buffer.readableBytes
                case .failed(let error): throw error
                }
            }
        } catch {
            state = .failed(error)
            throw error
        }
        return events
    }

    /// To be called at the end of the body.
    func finish() throws(MultipartError) {
        switch state {
        case .epilogue: return
        case .failed(let error): throw error
        default: throw .unexpectedEnd
        }
    }

    private mutating func skipPreamble(
        _ buffer: ByteBuffer, from index: Int, after skipped: Int
    ) throws(MultipartError) -> Int {
        let outcome = buffer.withUnsafeReadableBytes { scanner.scan($0, from: index) }
        let total = skipped + outcome.released.count + outcome.data.count
        guard total <= Self.maximumPreambleBytes else { throw .preambleTooLong }
        state = outcome.found ? .afterBoundary(.start) : .preamble(bytes: total)
        return outcome.next
    }

    private mutating func readBody(_ buffer: ByteBuffer, from index: Int, events: inout [MultipartEvent]) -> Int {
        let outcome = buffer.withUnsafeReadableBytes { scanner.scan($0, from: index) }
        if !outcome.released.isEmpty {
            events.append(.body(ByteBuffer(bytes: scanner.delimiter[outcome.released])))
        }
        if !outcome.data.isEmpty,
            let view = buffer.getSlice(at: buffer.readerIndex + outcome.data.lowerBound, length: outcome.data.count)
        {
            events.append(.body(view))
        }
        if outcome.found {
            events.append(.partEnded)
            state = .afterBoundary(.start)
        }
        return outcome.next
    }

    /// The rest of a delimiter line: `--` closes the body, blanks and a line end open the next part.
    private mutating func advance(
        _ position: AfterBoundary, byte: UInt8, events: inout [MultipartEvent]
    ) throws(MultipartError) -> State {
        switch (position, byte) {
        case (.start, UInt8(ascii: "-")): return .afterBoundary(.dash)
        case (.dash, UInt8(ascii: "-")):
            events.append(.finished)
            return .epilogue
        case (.start, UInt8(ascii: " ")), (.start, UInt8(ascii: "\t")): return .afterBoundary(.padding(1))
        case (.padding(let count), UInt8(ascii: " ")), (.padding(let count), UInt8(ascii: "\t")):
            guard count < Self.maximumPaddingBytes else { throw .malformedDelimiter }
            return .afterBoundary(.padding(count + 1))
        case (.start, UInt8(ascii: "\r")), (.padding, UInt8(ascii: "\r")): return .afterBoundary(.carriageReturn)
        case (.start, UInt8(ascii: "\n")), (.padding, UInt8(ascii: "\n")), (.carriageReturn, UInt8(ascii: "\n")):
            headerBlock.removeAll(keepingCapacity: true)
            return .headers(lineLength: 0)
        default: throw .malformedDelimiter
        }
    }

    /// One byte of a header block, which ends with an empty line.
    private mutating func advance(
        lineLength: Int, byte: UInt8, events: inout [MultipartEvent]
    ) throws(MultipartError) -> State {
        guard headerBlock.count < Self.maximumHeaderBytes else { throw .headerTooLong }
        headerBlock.append(byte)
        guard byte == UInt8(ascii: "\n") else { return .headers(lineLength: lineLength + 1) }
        let isEmptyLine = lineLength == 0 || lineLength == 1 && headerBlock.dropLast().last == UInt8(ascii: "\r")
        guard isEmptyLine else { return .headers(lineLength: 0) }
        events.append(.partBegan(try MultipartPart(headerBlock: headerBlock)))
        scanner.restart()
        return .body
    }
}

extension ByteBuffer {
    /// The readable byte at an offset that is known to be readable.
    fileprivate func byte(at offset: Int) -> UInt8 { readableBytesView[readerIndex + offset] }
}
