import Events
import Testing

@Suite("Canonical JSON (RFC 8785)")
struct CanonicalJSONTests {
    private func canonical(_ text: String) throws -> String {
        String(decoding: JSONWriter.canonical(try JSONParser.parse(text)), as: UTF8.self)
    }

    @Test("The example of section 3.2.2 comes out as the RFC prints it")
    func example() throws {
        let text = #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50,
                          2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#
        let expected =
            #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
            + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        #expect(try canonical(text) == expected)
    }

    @Test("The members of section 3.2.3 are sorted by UTF-16 code units")
    func sortingExample() throws {
        let text = #"""
            {
              "\u20ac": "Euro Sign",
              "\r": "Carriage Return",
              "\ufb33": "Hebrew Letter Dalet With Dagesh",
              "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face",
              "\u0080": "Control",
              "\u00f6": "Latin Small Letter O With Diaeresis"
            }
            """#
        let sorted = try JSONParser.parse(try canonical(text)).members?.map(\.value.string)
        #expect(
            sorted == [
                "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
                "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh",
            ])
    }

    @Test("Characters beyond the BMP sort before U+E000 to U+FFFF, by their surrogates")
    func astralNames() throws {
        #expect(
            try canonical("{\"\u{FFFD}\":1,\"\u{10FFFF}\":2,\"\u{10000}\":3,\"\u{D7FF}\":4,\"\u{E000}\":5}")
                == "{\"\u{D7FF}\":4,\"\u{10000}\":3,\"\u{10FFFF}\":2,\"\u{E000}\":5,\"\u{FFFD}\":1}")
    }

    @Test("A name sorts before its extensions, and the empty one first")
    func prefixes() throws {
        #expect(try canonical(#"{"ab":1,"a":2,"":3,"b":4,"aa":5,"A":6}"#) == #"{"":3,"A":6,"a":2,"aa":5,"ab":1,"b":4}"#)
    }

    @Test("Members of nested objects are sorted, elements of arrays are not")
    func nested() throws {
        #expect(try canonical(#"[{"b":[3,1,2],"a":{"d":1,"c":2}},0]"#) == #"[{"a":{"c":2,"d":1},"b":[3,1,2]},0]"#)
    }

    @Test("Strings are not normalised")
    func keepsNormalisation() throws {
        let text = try canonical("{\"e\u{301}\":\"A\u{30A}\",\"\u{E9}\":\"\u{C5}\"}")
        #expect(Array(text.utf8) == Array("{\"e\u{301}\":\"A\u{30A}\",\"\u{E9}\":\"\u{C5}\"}".utf8))
    }

    /// Appendix B of the RFC, then corners of ECMAScript's Number::toString.
    @Test(
        "Numbers print as ECMAScript prints them",
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"), (0x8000_0000_0000_0001, "-5e-324"),
            (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"), (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"), (0xC340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"), (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"),
            (0x44B5_2D02_C7E1_4AF6, "1e+23"), (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"),
            (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"), (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"),
            (0x444B_1AE4_D6E2_EF50, "1e+21"), (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"),
            (0x3EB0_C6F7_A0B5_ED8D, "0.000001"), (0x41B3_DE43_5555_5553, "333333333.3333332"),
            (0x41B3_DE43_5555_5554, "333333333.33333325"), (0x41B3_DE43_5555_5555, "333333333.3333333"),
            (0x41B3_DE43_5555_5556, "333333333.3333334"), (0x41B3_DE43_5555_5557, "333333333.33333343"),
            (0xBECB_F647_612F_3696, "-0.0000033333333333333333"), (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
            (0x000F_FFFF_FFFF_FFFF, "2.225073858507201e-308"), (0x0010_0000_0000_0000, "2.2250738585072014e-308"),
            (0x3FF0_0000_0000_0000, "1"), (0x3FB9_9999_9999_999A, "0.1"),
            (0x3FD3_3333_3333_3334, "0.30000000000000004"),
            (0x4340_0000_0000_0001, "9007199254740994"), (0x43E0_0000_0000_0000, "9223372036854776000"),
            (0x3E7A_D7F2_9ABC_AF48, "1e-7"), (0x3CB0_0000_0000_0000, "2.220446049250313e-16"),
        ] as [(UInt64, String)])
    func numbers(bits: UInt64, expected: String) throws {
        #expect(try canonical("\(Double(bitPattern: bits))") == expected)
    }

    @Test(
        "All spellings of a number have one canonical form",
        arguments: [
            ("-0", "0"), ("0.0", "0"), ("-0.0e5", "0"), ("0e400", "0"), ("1e-400", "0"), ("1e21", "1e+21"),
            ("1000000000000000000000", "1e+21"), ("100000000000000000000", "100000000000000000000"), ("1e-7", "1e-7"),
            ("0.0000001", "1e-7"), ("0.00000123", "0.00000123"), ("5e-324", "5e-324"), ("3e-324", "5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"), ("333333333.33333329", "333333333.3333333"),
            ("4.50", "4.5"), ("2e-3", "0.002"), ("1E30", "1e+30"), ("1.0", "1"), ("10e-1", "1"), ("100", "100"),
            ("123e-20", "1.23e-18"), ("-1.5E+3", "-1500"), ("9007199254740991", "9007199254740991"),
            ("9007199254740993", "9007199254740992"), ("9223372036854775807", "9223372036854776000"),
            ("-9223372036854775808", "-9223372036854776000"), ("18446744073709551615", "18446744073709552000"),
            ("123456789012345678901234567890", "1.2345678901234568e+29"),
        ])
    func spellings(literal: String, expected: String) throws {
        #expect(try canonical(literal) == expected)
    }

    @Test("A number beyond the range of a double keeps its literal: it has no canonical form")
    func outOfRange() throws {
        #expect(try canonical("[1e400,-1E+999]") == "[1e400,-1E+999]")
    }

    @Test("A canonical number reads as exactly the double it was")
    func numbersRoundTrip() throws {
        var random = RandomJSON(seed: 4)
        for _ in 0..<20_000 {
            let value = random.double()
            let text = try canonical("\(value)")
            #expect(Double(text)?.bitPattern == (value == 0 ? 0 : value.bitPattern), "\(text)")
        }
    }

    @Test("Canonical text means the same as the value it was made of")
    func keepsMeaning() throws {
        var random = RandomJSON(seed: 5)
        for _ in 0..<3_000 {
            let value = random.value()
            expectSame(meaning(try JSONParser.parse(JSONWriter.canonical(value))), meaning(value))
        }
    }

    @Test("The canonical form of canonical text is that text")
    func isIdempotent() throws {
        var random = RandomJSON(seed: 6)
        for _ in 0..<3_000 {
            let text = JSONWriter.canonical(random.value())
            expectSame(JSONWriter.canonical(try JSONParser.parse(text)), text)
        }
    }

    @Test("The order in which members are written does not matter")
    func orderDoesNotMatter() throws {
        var random = RandomJSON(seed: 7)
        for _ in 0..<3_000 {
            let value = random.value()
            expectSame(JSONWriter.canonical(reversed(value)), JSONWriter.canonical(value))
        }
    }

    /// What is left when spelling and member order do not count.
    private func meaning(_ value: JSONValue) -> [String] {
        switch value {
        case .null: ["null"]
        case .bool(let flag): ["\(flag)"]
        // Adding 0 makes -0 positive.
        case .number(let literal): ["number \((Double(literal) ?? .nan) + 0)"]
        case .string(let text): ["string \(Array(text.unicodeScalars))"]
        case .array(let elements): ["["] + elements.flatMap(meaning) + ["]"]
        case .object(let members):
            ["{"]
                + members.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
                .flatMap { ["\(Array($0.name.unicodeScalars)):"] + meaning($0.value) } + ["}"]
        }
    }

    private func reversed(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): .array(elements.map(reversed))
        case .object(let members): .object(members.reversed().map { JSONMember($0.name, reversed($0.value)) })
        default: value
        }
    }
}
