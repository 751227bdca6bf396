import Testing

@testable import Events

@Suite("JSON parser")
struct JSONParserTests {
    @Test(
        "Every form that RFC 8259 allows is read",
        arguments: [
            ("null", .null), ("true", .bool(true)), ("false", .bool(false)),
            ("0", .number("0")), ("-0", .number("-0")), ("1.0", .number("1.0")), ("1e3", .number("1e3")),
            ("1E+3", .number("1E+3")), ("-12.5e-07", .number("-12.5e-07")), ("0e1", .number("0e1")),
            ("0.0", .number("0.0")), ("123456789012345678901234567890", .number("123456789012345678901234567890")),
            ("1e400", .number("1e400")),
            (#""""#, ""), (#""a""#, "a"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\uDE00""#, "😀"), (#""\u0000""#, "\0"),
            ("\"\u{7F}\u{2028}\u{2029}\"", "\u{7F}\u{2028}\u{2029}"), (#""é€😀""#, "é€😀"),
            (#""\u0022""#, "\""), (#""\u005C""#, "\\"), (#""\\u0041""#, "\\u0041"),
            (#""\uFFFE\uf8ff""#, "\u{FFFE}\u{F8FF}"),
            ("[]", []), ("[ ]", []), ("[1]", [1]), ("[1,2]", [1, 2]), ("[[],[[]]]", [[], [[]]]),
            ("[null,1,\"1\",{}]", [nil, 1, "1", [:]]),
            ("{}", [:]), ("{ }", [:]), (#"{"a":1}"#, ["a": 1]), (#"{"a":1,"b":[2]}"#, ["a": 1, "b": [2]]),
            (#"{"":0}"#, ["": 0]), (#"{"\u0061":0}"#, ["a": 0]), (#"{"a":{"a":{}}}"#, ["a": ["a": [:]]]),
            (" \t\r\n1 \t\r\n", 1), (" [ 1 , 2 ] ", [1, 2]), ("\n{ \"a\" :\t1 }\n", ["a": 1]),
        ] as [(String, JSONValue)])
    func accepts(text: String, expected: JSONValue) throws {
        expectSame(try JSONParser.parse(text), expected, text)
    }

    @Test(
        "What RFC 8259 does not allow is refused",
        arguments: [
            "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "undefined", "'a'", "a", "\\u0031",
            "01", "-01", "00", "+1", "-", "--1", ".5", "1.", "1.e1", "1e", "1e+", "1e-", "1eE2", "0x1", "1_000", "1 2",
            "1.2.3", "-a", "２", "1f", "0b1", "1e1.5",
            #"""#, #""a"#, #""\"#, #""\""#, #""\a""#, #""\x41""#, #""\'""#, #""\U0041""#, #""\u""#, #""\u00""#,
            #""\u004""#, #""\u004g""#, #""\u 041""#, #""\u+041""#, #""\ud83d\u""#, #""\ud83d\uD""#, #""\uＡＢＣＤ""#,
            "\"\n\"", "\"\t\"", "\"\0\"", "\"a\u{1F}\"", "\"\\\n\"", #""a"b"#, #""a""b""#,
            "[", "]", "[1", "[1,", "[1,]", "[,]", "[,1]", "[1,,2]", "[1 2]", "[1:2]", "[1}", "[1]]", "[[]", "[\"a\"",
            "{", "}", "{,}", "{1:1}", "{a:1}", "{'a':1}", "{\"a\"}", "{\"a\":}", "{\"a\":1", "{\"a\":1,}", "{\"a\" 1}",
            "{\"a\",1}", "{\"a\"::1}", "{\"a\":1,,\"b\":2}", "{\"a\":1 \"b\":2}", "{\"a\":1]", "{\"a\":1}}", "{null:1}",
            "{\"a\":1}#", "// comment\n1", "/**/1", "1//", "[1]x", "null null", "\u{FEFF}", "\u{A0}1", "\u{B}1",
            "\u{C}[]", "1\u{0}", "\u{200B}1", "{\"a\":truefalse}", "[truth]", "[-]", "[1e]",
        ])
    func refuses(text: String) {
        #expect(throws: JSONError.self, "\(text)") { try JSONParser.parse(text) }
    }

    @Test("An error tells the offset of the offending byte")
    func errorOffset() {
        #expect(throws: JSONError(offset: 5, reason: "unexpected character")) { try JSONParser.parse("[1, \n?]") }
        #expect(throws: JSONError(offset: 2, reason: "unexpected text after the value")) { try JSONParser.parse("1 2") }
    }

    @Test(
        "A lone surrogate escape becomes U+FFFD and what follows it is kept",
        arguments: [
            (#""\ud800""#, "\u{FFFD}"), (#""\udc00""#, "\u{FFFD}"), (#""\udfff\ud800""#, "\u{FFFD}\u{FFFD}"),
            (#""\ud83dx""#, "\u{FFFD}x"), (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
            (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
        ])
    func loneSurrogates(text: String, expected: String) throws {
        expectSame(
            Array(try #require(try JSONParser.parse(text).string).unicodeScalars), Array(expected.unicodeScalars))
    }

    @Test(
        "Each invalid UTF-8 sequence in a string becomes U+FFFD",
        arguments: [
            ([0xFF, 0xFE], 2), ([0xC3], 1), ([0xE2, 0x82], 1), ([0xF0, 0x9F, 0x98], 1), ([0xC0, 0x80], 2),
            ([0xED, 0xA0, 0x80], 3), ([0xF5], 1), ([0x80], 1),
        ] as [([UInt8], Int)])
    func invalidUTF8(bytes: [UInt8], replacements: Int) throws {
        let value = try JSONParser.parse([0x22, 0x61] + bytes + [0x62, 0x22])
        expectSame(value, .string("a" + String(repeating: "\u{FFFD}", count: replacements) + "b"))
    }

    @Test("Invalid UTF-8 outside a string is refused")
    func invalidUTF8Outside() {
        #expect(throws: JSONError.self) { try JSONParser.parse([0x5B, 0xFF, 0x5D]) }
    }

    @Test("A byte order mark before the value is passed over, anywhere else it is refused")
    func byteOrderMark() throws {
        #expect(try JSONParser.parse("\u{FEFF}[1]") == [1])
        #expect(throws: JSONError.self) { try JSONParser.parse("[\u{FEFF}1]") }
        #expect(throws: JSONError.self) { try JSONParser.parse("\u{FEFF}\u{FEFF}1") }
    }

    @Test("Nesting up to the limit is read")
    func deepestNesting() throws {
        let depth = JSONParser.maximumDepth
        var value = try JSONParser.parse(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        var levels = 1
        while let inner = value.array?.first {
            value = inner
            levels += 1
        }
        #expect(levels == depth)
    }

    @Test(
        "Nesting beyond the limit is refused, closed or not",
        arguments: [("[", "]"), ("{\"a\":", "}"), ("[", ""), ("[{\"a\":", "")])
    func tooDeep(open: String, close: String) {
        for depth in [JSONParser.maximumDepth + 1, 100_000] {
            let text = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
            #expect(throws: JSONError.self) { try JSONParser.parse(text) }
        }
    }

    @Test("Of duplicate members all are kept and the last one is found")
    func duplicateMembers() throws {
        let value = try JSONParser.parse(#"{"a":1,"b":2,"a":3}"#)
        expectSame(value.members ?? [], [JSONMember("a", 1), JSONMember("b", 2), JSONMember("a", 3)])
        #expect(value["a"] == 3)
    }

    @Test("Members that differ only in Unicode normalisation stay two members")
    func equivalentNames() throws {
        let value = try JSONParser.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value.members?.map { Array($0.name.utf8) } == [[0xC3, 0xA9], [0x65, 0xCC, 0x81]])
    }

    @Test("A member is looked up by its exact spelling")
    func exactLookUp() throws {
        // U+212A KELVIN SIGN is canonically equivalent to K.
        let value = try JSONParser.parse("{\"K\":1,\"\u{212A}\":2}")
        #expect(value["K"] == 1)
    }

    @Test(
        "Numbers keep the digits they were written with",
        arguments: [
            "12345678901234567890123456789", "0.1000", "1.10", "1E400", "-0", "-0.0",
            "3.141592653589793238462643383279",
        ])
    func keepsNumbers(literal: String) throws {
        #expect(JSONWriter.compact(try JSONParser.parse("[\(literal)]")) == Array("[\(literal)]".utf8))
    }

    @Test(
        "Whole numbers in the range of Int64 read as integers, others do not",
        arguments: [
            ("0", 0), ("-0", 0), ("1.0", 1), ("1e3", 1000), ("-9223372036854775808", .min),
            ("9223372036854775807", .max),
            ("1.5", nil), ("9223372036854775808", nil), ("1e19", nil), ("1e400", nil), ("-1e400", nil),
        ] as [(String, Int64?)])
    func integers(literal: String, expected: Int64?) {
        #expect(JSONValue.number(literal).int == expected)
    }

    @Test("A value is not taken for one of another kind")
    func kinds() {
        let values: [JSONValue] = [nil, true, 1, "1", [1], ["a": 1]]
        #expect(values.map(\.isNull) == [true, false, false, false, false, false])
        #expect(values.map(\.bool) == [nil, true, nil, nil, nil, nil])
        #expect(values.map(\.int) == [nil, nil, 1, nil, nil, nil])
        #expect(values.map(\.double) == [nil, nil, 1, nil, nil, nil])
        #expect(values.map(\.string) == [nil, nil, nil, "1", nil, nil])
        #expect(values.map(\.array) == [nil, nil, nil, nil, [1], nil])
        #expect(values.map { $0["a"] } == [nil, nil, nil, nil, nil, 1])
    }

    @Test("Random bytes never crash the parser, and what it takes it can write")
    func randomBytes() throws {
        var random = RandomJSON(seed: 1)
        for _ in 0..<20_000 { try parseIfPossible(random.bytes(atMost: 24)) }
    }

    @Test("Texts with changed, removed and doubled bytes never crash the parser")
    func mutatedTexts() throws {
        var random = RandomJSON(seed: 2)
        for _ in 0..<2_000 {
            var text = JSONWriter.compact(random.value())
            for _ in 0...random.index(below: 3) where !text.isEmpty {
                let at = random.index(below: text.count)
                switch random.index(below: 3) {
                case 0: text[at] = UInt8(random.index(below: 256))
                case 1: text.remove(at: at)
                default: text.insert(text[random.index(below: text.count)], at: at)
                }
            }
            try parseIfPossible(text)
            try parseIfPossible(Array(text.prefix(random.index(below: text.count + 1))))
        }
    }

    private func parseIfPossible(_ text: [UInt8]) throws {
        guard let value = try? JSONParser.parse(text) else { return }
        let written = JSONWriter.compact(value)
        expectSame(JSONWriter.compact(try JSONParser.parse(written)), written, String(decoding: text, as: UTF8.self))
    }
}
