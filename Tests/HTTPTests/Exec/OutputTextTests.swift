import Testing

@testable import HTTP

@Suite struct OutputTextTests {
    private let notice = "\n[Output truncated - size limit exceeded]"

    private func text(
        _ bytes: [UInt8], _ style: OutputText.Style = .verbatim, cap: Int = 65_536, isComplete: Bool = true
    ) -> (String, Bool) {
        let whole = OutputText.render(bytes, isComplete: isComplete, style: style, cap: cap)
        // The same in pieces of every small size, so that no rule depends on where a piece ends.
        for size in [1, 2, 3, 5, 7] where bytes.count < 2000 {
            var output = OutputText(style, cap: cap)
            for start in stride(from: 0, to: bytes.count, by: size) {
                output.feed(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            let pieces = output.finish(isComplete: isComplete)
            #expect(pieces == whole, "in pieces of \(size)")
        }
        return (String(decoding: whole.text, as: UTF8.self), whole.isCut)
    }

    private func cleaned(_ text: String, endsLines: Bool = true) -> String {
        self.text(Array(text.utf8), .cleaned(endsLines: endsLines)).0
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE], "\u{FFFD}\u{FFFD}"),
            ([0x61, 0xF1, 0x80, 0x80, 0xE1, 0x80, 0xC2, 0x62], "a\u{FFFD}\u{FFFD}\u{FFFD}b"),
            ([0xC0, 0xAF, 0xE0, 0x80, 0xBF], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xE2, 0x82], "\u{FFFD}"), ([0xE2, 0x82, 0xAC], "€"), ([0xF0, 0x9F, 0x98], "\u{FFFD}"),
            ([0xC3, 0xA9, 0x80], "é\u{FFFD}"),
        ] as [([UInt8], String)])
    func `each maximal invalid sequence becomes one replacement character`(bytes: [UInt8], expected: String) {
        #expect(text(bytes).0 == expected)
    }

    @Test func `the replacement agrees with the standard library on random bytes`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let bytes = (0..<40).map { _ in
                [UInt8](
                    arrayLiteral: 0x61, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xED, 0xA0, 0xFF, 0xF4
                )
                .randomElement(using: &generator) ?? 0
            }
            #expect(text(bytes).0 == String(decoding: bytes, as: UTF8.self), "\(bytes)")
        }
    }

    @Test func `bash output is verbatim`() {
        let raw = "a\0b\u{1B}[31mred\u{7F}\r\n\t \n\n"
        #expect(text(Array(raw.utf8)).0 == raw)
        #expect(text(Array("  ".utf8)).0 == "  ")
        #expect(text(Array("no newline".utf8)).0 == "no newline")
        #expect(text([]).0 == "")
    }

    @Test func `other languages lose controls and escape sequences and gain the last newline`() {
        #expect(cleaned("a\0b\u{8}c\u{7F}\td\r\n") == "abc\td\r\n")
        #expect(cleaned("\u{1B}[1;31mred\u{1B}[0m") == "red\n")
        #expect(cleaned("\u{1B}]0;title\u{7}x\u{1B}]8;;http://a\u{1B}\\link") == "xlink\n")
        #expect(cleaned("x", endsLines: false) == "x")
        #expect(cleaned("x\n") == "x\n")
    }

    @Test func `an escape that begins no sequence goes alone`() {
        #expect(cleaned("a\u{1B}b\n") == "ab\n")
        #expect(cleaned("a\u{1B}]never ended\nb\n") == "a]never ended\nb\n")
        #expect(cleaned("a\u{1B}[12") == "a[12\n")
        #expect(cleaned("a\u{1B}") == "a\n")
    }

    @Test func `a stream of only white space becomes empty`() {
        #expect(cleaned(" \n\t\r\n") == "")
        #expect(cleaned("\u{A0}\u{2003}\n") == "")
        #expect(cleaned("\u{1B}[0m \n") == "")
        #expect(cleaned(" x ") == " x \n")
        #expect(text(Array(repeating: 0x20, count: 100_000), .cleaned(endsLines: true)).0 == "")
    }

    @Test func `70,000 characters are cut to 65,536 and the notice`() {
        let (cut, isCut) = text(Array(repeating: 0x78, count: 70_000))
        #expect(isCut)
        #expect(cut == String(repeating: "x", count: 65_536) + notice)
    }

    @Test func `a line of 45,000 characters passes intact`() {
        let line = String(repeating: "y", count: 45_000) + "\n"
        #expect(text(Array(line.utf8)) == (line, false))
        #expect(cleaned(line) == line)
    }

    @Test func `characters are counted, not bytes, and none is split`() {
        let (whole, isCut) = text(Array("😀😀😀".utf8), cap: 3)
        #expect(whole == "😀😀😀" && !isCut)
        #expect(text(Array("😀😀😀".utf8), cap: 2) == ("😀😀" + notice, true))
        #expect(text(Array("e\u{301}x".utf8), cap: 2) == ("e\u{301}" + notice, true))
        #expect(text([0xFF, 0xFF, 0xFF], cap: 2) == ("\u{FFFD}\u{FFFD}" + notice, true))
    }

    @Test func `a character that the storage limit cut through is dropped`() {
        let (cut, isCut) = text([0x61, 0xF0, 0x9F], isComplete: false)
        #expect(cut == "a" + notice && isCut)
    }

    @Test func `the added newline counts for the cap`() {
        #expect(text(Array("ab".utf8), .cleaned(endsLines: true), cap: 2) == ("ab" + notice, true))
        #expect(text(Array("a\n".utf8), .cleaned(endsLines: true), cap: 2) == ("a\n", false))
    }

    @Test func `white space beyond the cap is still followed by what comes after it`() {
        let bytes = Array((String(repeating: " ", count: 10) + "x").utf8)
        #expect(text(bytes, .cleaned(endsLines: true), cap: 4) == ("    " + notice, true))
    }

    @Test func `a capped stream asks for no more`() {
        var output = OutputText(.verbatim, cap: 4)
        #expect(output.needsMore)
        output.feed(Array("12345".utf8))
        #expect(!output.needsMore)
    }
}
