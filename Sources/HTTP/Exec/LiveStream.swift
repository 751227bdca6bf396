import Events

/// One output stream as it is shown while the run goes on (CONTRACT 5.11): the text of 5.8 in pieces, without the LF
/// and the notice that belong to a finished text.
struct LiveStream {
    /// Name of its events.
    let name: StaticString
    private var text: OutputText
    /// Bytes of the stream taken in so far.
    private(set) var offset: Int64 = 0
    private var hasToldCut = false

    init(_ name: StaticString, verbatim: Bool, cap: Int) {
        self.name = name
        text = OutputText(verbatim ? .verbatim : .cleaned(endsLines: false), cap: cap)
    }

    /// One event of the stream.
    enum Piece: Equatable {
        case text([UInt8])
        /// The rest is not shown.
        case truncated
    }

    /// Whether nothing more will be shown.
    var isOver: Bool { hasToldCut }

    /// Takes in recorded bytes. What an earlier attempt of the run has shown is not shown again, and a piece that
    /// does not follow is left to the end.
    mutating func take(_ bytes: [UInt8], at start: Int64) -> [Piece] {
        guard !isOver, start <= offset, start + Int64(bytes.count) > offset else { return [] }
        let new = Array(bytes[Int(offset - start)...])
        offset += Int64(new.count)
        text.feed(new)
        return pieces()
    }

    /// Ends the stream.
    ///
    /// - Parameter isComplete: false when the program wrote more than was kept.
    mutating func end(isComplete: Bool) -> [Piece] {
        guard !isOver else { return [] }
        text.end(isComplete: isComplete)
        var last = pieces()
        if !isComplete, !isOver {
            hasToldCut = true
            last.append(.truncated)
        }
        return last
    }

    private mutating func pieces() -> [Piece] {
        let shown = text.take()
        var pieces: [Piece] = shown.isEmpty ? [] : [.text(shown)]
        if text.isFull, !hasToldCut {
            hasToldCut = true
            pieces.append(.truncated)
        }
        return pieces
    }
}
