import Events
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
    @Test("Compact text keeps member order, duplicates and the spelling of numbers")
    func compact() throws {
        let text = #"{"b":1.50,"a":[true,null,"x"],"b":1E2}"#
        #expect(String(decoding: JSONWriter.compact(try JSONParser.parse(text)), as: UTF8.self) == text)
    }

    @Test("Strings are escaped where they must be and nowhere else")
    func escapes() {
        let text = "\0\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1F} \"\\/'<>&\u{7F}\u{80}é\u{2028}😀"
        let expected = #""\u0000\u0001\b\t\n\u000b\f\r\u001f \"\\/'<>&"# + "\u{7F}\u{80}é\u{2028}😀\""
        #expect(String(decoding: JSONWriter.compact(.string(text)), as: UTF8.self) == expected)
        #expect(String(decoding: JSONWriter.canonical(.string(text)), as: UTF8.self) == expected)
    }

    @Test("Any value is the same after writing and reading it back")
    func roundTrip() throws {
        var random = RandomJSON(seed: 3)
        for _ in 0..<3_000 {
            let value = random.value()
            let text = JSONWriter.compact(value)
            let back = try JSONParser.parse(text)
            expectSame(back, value)
            // Equality of strings is canonical equivalence in Swift; bytes are not so lenient.
            expectSame(JSONWriter.compact(back), text)
        }
    }
}
