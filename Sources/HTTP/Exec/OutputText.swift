/// The text of an output stream as an answer shows it (CONTRACT 5.8): decoded, cleaned, capped.
///
/// Works on bytes, because a stream may be 10 MiB and because characters (grapheme clusters) are not what the rules
/// count. Fed in pieces, it stops asking as soon as the answer is known.
struct OutputText {
    enum Style: Sendable {
        /// bash: every character kept (D10).
        case verbatim
        /// All others: controls and escape sequences removed; `endsLines` adds the missing last LF of stdout.
        case cleaned(endsLines: Bool)
    }

    struct Rendered: Equatable {
        /// Valid UTF-8.
        var text: [UInt8]
        /// Whether text is missing at its end.
        var isCut: Bool
    }

    static let notice = Array("[Output truncated - size limit exceeded]".utf8)
    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    private let style: Style
    private let cap: Int
    private var text: [UInt8] = []
    /// Unicode scalars in `text`.
    private var count = 0
    private var isOver = false
    private var sawInk = false
    /// Bytes that need what follows them: the start of a character or of an escape sequence.
    private var rest: [UInt8] = []

    init(_ style: Style, cap: Int) {
        self.style = style
        self.cap = cap
    }

    /// The text of bytes that are all at hand.
    static func render(_ bytes: [UInt8], isComplete: Bool = true, style: Style, cap: Int) -> Rendered {
        var output = OutputText(style, cap: cap)
        output.feed(bytes)
        return output.finish(isComplete: isComplete)
    }

    /// False once further bytes cannot change the result.
    var needsMore: Bool { !isOver || (isCleaned && !sawInk) }

    mutating func feed(_ bytes: [UInt8]) {
        guard needsMore else { return }
        let joined = rest.isEmpty ? bytes : rest + bytes
        let consumed = joined.withUnsafeBufferPointer { scan($0, isLast: false) }
        rest = consumed == joined.count ? [] : Array(joined[consumed...])
    }

    /// What can be shown by now and was not taken before. A cleaned stream of which nothing but white space is known
    /// shows nothing: if it stays at that, it is empty (CONTRACT 5.8.4).
    mutating func take() -> [UInt8] {
        guard sawInk || !isCleaned else { return [] }
        defer { text = [] }
        return text
    }

    /// Whether `take` will give nothing more, because the cap is reached.
    var isFull: Bool { isOver && (sawInk || !isCleaned) }

    /// Ends a text that is taken in pieces: what waited for its continuation is judged without.
    mutating func end(isComplete: Bool) {
        let tail = rest
        rest = []
        guard needsMore else { return }
        _ = tail.withUnsafeBufferPointer { scan($0, isLast: isComplete) }
    }

    /// - Parameter isComplete: false when the program wrote more than was kept; a last character that the cut fell
    ///   into is then dropped.
    mutating func finish(isComplete: Bool) -> Rendered {
        let tail = rest
        rest = []
        if needsMore {
            let consumed = tail.withUnsafeBufferPointer { scan($0, isLast: isComplete) }
            _ = consumed
        }
        if isCleaned, !sawInk { return Rendered(text: [], isCut: !isComplete && !text.isEmpty) }
        if case .cleaned(endsLines: true) = style, !isOver, isComplete, let last = text.last, last != UInt8(ascii: "\n")
        {
            if count < cap {
                text.append(UInt8(ascii: "\n"))
                count += 1
            } else {
                isOver = true
            }
        }
        guard isOver || !isComplete else { return Rendered(text: text, isCut: false) }
        return Rendered(text: text + [UInt8(ascii: "\n")] + Self.notice, isCut: true)
    }

    private var isCleaned: Bool { if case .cleaned = style { true } else { false } }

    // MARK: Scanning

    /// Takes in as much as can be judged; returns how much that was.
    private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool) -> Int {
        var at = 0
        while at < bytes.count, needsMore {
            let byte = bytes[at]
            if byte < 0x80 {
                if isCleaned, Self.isRemoved(byte) {
                    guard byte == 0x1B else {
                        at += 1
                        continue
                    }
                    switch EscapeSequence.length(bytes, from: at) {
                    case .complete(let length): at += length
                    case .none: at += 1
                    case .unfinished:
                        guard isLast else { return at }
                        at += 1
                    }
                } else {
                    let end = plainEnd(bytes, from: at)
                    append(bytes, at..<end)
                    at = end
                }
            } else {
                let (length, isValid) = UTF8Sequence.next(bytes, from: at)
                if !isValid, !isLast, at + length == bytes.count { return at }
                if isValid {
                    appendScalar(UnsafeBufferPointer(rebasing: bytes[at..<at + length]))
                } else {
                    Self.replacement.withUnsafeBufferPointer { appendScalar($0) }
                }
                at += length
            }
        }
        return at
    }

    /// C0 controls except TAB, LF, CR, and DEL.
    private static func isRemoved(_ byte: UInt8) -> Bool {
        (byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D) || byte == 0x7F
    }

    private func plainEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var at = start + 1
        if isCleaned {
            while at < bytes.count, bytes[at] < 0x80, !Self.isRemoved(bytes[at]) { at += 1 }
        } else {
            while at < bytes.count, bytes[at] < 0x80 { at += 1 }
        }
        return at
    }

    private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        if !sawInk { sawInk = range.contains { !Self.isSpace(bytes[$0]) } }
        let room = cap - count
        if range.count > room { isOver = true }
        let taken = min(range.count, room)
        text.append(contentsOf: bytes[range.lowerBound..<range.lowerBound + taken])
        count += taken
    }

    private mutating func appendScalar(_ encoded: UnsafeBufferPointer<UInt8>) {
        if !sawInk { sawInk = !UTF8Sequence.isSpace(encoded) }
        guard count < cap else {
            isOver = true
            return
        }
        text.append(contentsOf: encoded)
        count += 1
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
