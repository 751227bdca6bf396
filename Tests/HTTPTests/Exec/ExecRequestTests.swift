import Events
import HTTPTypes
import Testing

@testable import HTTP

@Suite struct ExecRequestTests {
    private let caller = Caller(
        acting: Identity(owner: Owner(tenant: "t"), actor: Actor(id: "key:1", kind: "api_key")))

    private func parse(_ json: String, headers: HTTPFields = [:]) throws -> RunRequest {
        let languages = Language.all.map { LanguageAvailability(language: $0, version: $0.code == "d" ? nil : "1") }
        var limits = HTTPConfiguration.Limits()
        limits.maxInputFiles = 2
        return try ExecRequest(languages: LanguageCatalog(languages), limits: limits)
            .parse(JSONParser.parse(json), headers: headers, caller: caller)
    }

    private func failure(_ json: String) throws -> APIError { try #require(throws: APIError.self) { try parse(json) } }

    @Test func `the smallest request runs with the defaults`() throws {
        let request = try parse(#"{"lang":"bash","code":"true"}"#)
        #expect(request.language == "bash" && request.code == Array("true".utf8) && request.timeout == 30_000)
        #expect(request.isUnbound && request.arguments.isEmpty && request.endUser == nil)
        #expect(request.owner == Owner(tenant: "t"))
    }

    @Test(arguments: [("PYTHON", "py"), ("C++", "cpp"), ("sh", "bash"), ("node", "js")])
    func `languages have aliases in any case`(name: String, code: String) throws {
        #expect(try parse(#"{"lang":"\#(name)","code":"x"}"#).language == code)
    }

    @Test func `language stands in for lang only when that is absent`() throws {
        #expect(try parse(#"{"language":"py","code":"x"}"#).language == "py")
        #expect(try parse(#"{"lang":"bash","language":"py","code":"x"}"#).language == "bash")
        #expect(try failure(#"{"lang":7,"language":"py","code":"x"}"#).status == .unprocessableContent)
    }

    @Test(arguments: [
        (#"{"code":"x"}"#, "lang"), (#"{"lang":null,"code":"x"}"#, "lang"), (#"{"lang":7,"code":"x"}"#, "lang"),
        (#"{"lang":"bash"}"#, "code"), (#"{"lang":"bash","code":null}"#, "code"),
        (#"{"lang":"bash","code":["x"]}"#, "code"),
    ])
    func `a required field that is missing or no string is a 422 about it`(json: String, field: String) throws {
        let error = try failure(json)
        #expect(error.status == .unprocessableContent)
        #expect(error.details.map(\.field) == [field])
    }

    @Test func `blank code is a 400`() throws {
        let error = try failure(#"{"lang":"bash","code":" \n\t\u00a0"}"#)
        #expect(error.status == .badRequest && error.details.first?.field == "code")
    }

    @Test func `an unknown language is named as it was sent, an absent one by its code`() throws {
        let unknown = try failure(#"{"lang":"CoBoL","code":"x"}"#)
        #expect(unknown.error == "Unsupported language: CoBoL")
        #expect(
            unknown.details == [
                .init(field: "lang", message: "Language 'cobol' is not supported", code: "unsupported_language")
            ])
        let absent = try failure(#"{"lang":"dlang","code":"x"}"#)
        #expect(absent.error == "Language 'd' is not available on this server")
        #expect(absent.details.first?.code == "language_unavailable")
    }

    @Test(
        arguments: [
            ("1", 1000), ("5000", 5000), ("99999999999999999999", 30_000), ("-5", 1000), ("1e4", 10_000),
            (#""5000""#, 30_000),
            ("null", 30_000), ("[1]", 30_000),
        ] as [(String, Int64)])
    func `the timeout is clamped, and ignored when it is no number`(json: String, expected: Int64) throws {
        #expect(try parse(#"{"lang":"bash","code":"x","timeout":\#(json)}"#).timeout == expected)
    }

    @Test func `odd types in optional fields are ignored`() throws {
        let request = try parse(
            #"{"lang":"bash","code":"x","files":"no","session_id":7,"entity_id":{},"user_id":[],"runtime_session_hint":"a b","zzz":1}"#
        )
        #expect(request.isUnbound && request.endUser == nil)
    }

    @Test func `an entity id longer than 256 characters is ignored`() throws {
        let json = { (count: Int) in
            #"{"lang":"bash","code":"x","entity_id":"\#(String(repeating: "e", count: count))"}"#
        }
        #expect(try parse(json(256)).entityID?.count == 256)
        #expect(try parse(json(257)).entityID == nil)
    }

    @Test func `the end user is the body's, else the header's`() throws {
        let headers: HTTPFields = [.userID: "from header"]
        #expect(try parse(#"{"lang":"bash","code":"x","user_id":42}"#, headers: headers).endUser == "42")
        #expect(try parse(#"{"lang":"bash","code":"x","user_id":""}"#, headers: headers).endUser == "from header")
    }

    @Test func `file items take either bucket, and echo only with the new one`() throws {
        let request = try parse(
            #"""
            {"lang":"bash","code":"x","files":[{"id":"a","session_id":"s","storage_session_id":"t","name":"n","kind":"skill","resource_id":"r","version":3},
             {"id":"b","session_id":"s"}]}
            """#)
        #expect(
            request.files == [
                RequestedFile(
                    id: "a", name: "n", bucket: "t", stated: ResourceIdentity(kind: "skill", id: "r", version: "3"),
                    isEchoed: true),
                RequestedFile(id: "b", name: nil, bucket: "s"),
            ])
    }

    @Test func `items that are no objects are ignored, too many items are a 413`() throws {
        #expect(try parse(#"{"lang":"bash","code":"x","files":[1,"x"]}"#).files.isEmpty)
        #expect(try failure(#"{"lang":"bash","code":"x","files":[{},{},{}]}"#).status == .contentTooLarge)
    }
}
