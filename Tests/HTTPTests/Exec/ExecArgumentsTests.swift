import Events
import HTTPTypes
import Testing

@testable import HTTP

@Suite struct ExecArgumentsTests {
    @Test(
        arguments: [
            ("null", []), (#""""#, []), (#"" \t""#, []), (#""one arg""#, ["one arg"]), ("[]", []),
            (
                #"["a",null,"",1,1.50,true,{"k": [1, 2]},[null]]"#,
                ["a", "", "1", "1.50", "true", #"{"k":[1,2]}"#, "[null]"]
            ),
            ("5", ["5"]), ("true", ["true"]), (#"{"a": "b"}"#, [#"{"a":"b"}"#]), (#"["\ud800"]"#, ["\u{FFFD}"]),
        ] as [(String, [String])])
    func `any JSON becomes a list of arguments`(json: String, expected: [String]) throws {
        #expect(try ExecArguments.parse(JSONParser.parse(json)) == expected)
    }

    @Test func `absent means none`() throws { #expect(try ExecArguments.parse(nil) == []) }

    @Test(arguments: [#""a\u0000b""#, #"["ok","\u0000"]"#])
    func `NUL in an argument is a 400 about args`(json: String) throws {
        let error = try #require(throws: APIError.self) { try ExecArguments.parse(JSONParser.parse(json)) }
        #expect(error.status == .badRequest)
        #expect(error.details.map(\.field) == ["args"])
    }

    @Test func `NUL inside compact JSON is an escape and harmless`() throws {
        #expect(try ExecArguments.parse(JSONParser.parse(#"{"a":"\u0000"}"#)) == [#"{"a":"\u0000"}"#])
    }
}
