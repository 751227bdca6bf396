import Events
import HTTPTypes
import Testing

@testable import HTTP

@Suite struct JSONBodyTests {
    @Test func `keys are taken out of the body, in the contract's order, trimmed`() throws {
        let body = try JSONBody(
            Array(#"{"apiKey":"c","lang":"bash","api_key":" b\n","LIBRECHAT_CODE_API_KEY":"a"}"#.utf8))
        #expect(body.keys == ["a", "b", "c"])
        #expect(body.value == ["lang": "bash"])
    }

    @Test func `a key of another type is no key and leaves all the same`() throws {
        let body = try JSONBody(Array(#"{"api_key":7,"apiKey":"","code":"x"}"#.utf8))
        #expect(body.keys.isEmpty)
        #expect(body.value == ["code": "x"])
    }

    @Test func `keys inside nested values are data`() throws {
        let body = try JSONBody(Array(#"{"args":{"api_key":"x"}}"#.utf8))
        #expect(body.keys.isEmpty)
        #expect(body.value["args"]?["api_key"] == "x")
    }

    @Test(arguments: ["", "{", "[]", "7", "null", #"{"a":1} x"#])
    func `what is no JSON object is a 400`(text: String) throws {
        let error = try #require(throws: APIError.self) { try JSONBody(Array(text.utf8)) }
        #expect(error.status == .badRequest && error.type == "validation")
    }

    @Test func `bytes that are not UTF-8 are a 400`() {
        #expect(throws: APIError.self) { try JSONBody(Array(#"{"a":""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8)) }
    }

    @Test(arguments: [
        ("application/json", true), ("Application/JSON; charset=utf-8", true), ("application/vnd.api+json", true),
        ("text/plain;charset=UTF-8", true), ("", true), ("text/html", false), ("application/xml", false),
        ("multipart/form-data; boundary=x", false), ("application/x-www-form-urlencoded", false),
    ])
    func `only JSON types are accepted`(type: String, isAccepted: Bool) {
        #expect(JSONBody.accepts([.contentType: type]) == isAccepted)
    }

    @Test func `no content type is accepted`() { #expect(JSONBody.accepts([:])) }
}
