import HTTPTypes
import Testing

@testable import HTTP

@Suite struct RequestPathTests {
    @Test(arguments: [
        ("/exec", "/exec"), ("//exec", "/exec"), ("/v1//exec/", "/v1/exec"), ("/exec/", "/exec"), ("/", "/"),
        ("//", "/"),
        ("/v1/exec//", "/v1/exec"), ("/files/a?detail=full", "/files/a?detail=full"),
        ("/files/a/?x=//", "/files/a?x=//"),
        ("/%65xec", "/exec"), ("/a%2Fb", "/a%2Fb"), ("/a%2fb/", "/a%2fb"), ("/a%2541", "/a%2541"), ("/a%", "/a%"),
        ("/a%zz", "/a%zz"),
        ("/%C3%A9", "/%C3%A9"), ("/a%3Fb", "/a%3Fb"), ("/..", "/.."), ("/%2e%2e/x", "/../x"), ("exec", "/exec"),
        ("/EXEC", "/EXEC"), ("?x=1", "/?x=1"),
    ])
    func `a target has one spelling`(target: String, normal: String) {
        #expect(RequestPath.normalised(target) == normal)
    }

    @Test(arguments: ["/a%00b", "/%00", "/x/%41%00"])
    func `a path with NUL is unknown`(target: String) { #expect(RequestPath.normalised(target) == nil) }
}

@Suite struct RouteTableTests {
    @Test func `methods of a path include HEAD and OPTIONS`() {
        let table = RouteTable()
        table.add(.get, "/files/:session_id")
        table.add(.delete, "/files/:session_id/:file_id")
        table.add(.post, "/exec")
        #expect(table.methods(of: "/files/x") == ["GET", "HEAD", "OPTIONS"])
        #expect(table.methods(of: "/files/x/y") == ["DELETE", "OPTIONS"])
        #expect(table.methods(of: "/exec") == ["OPTIONS", "POST"])
        #expect(table.methods(of: "/files") == [])
        #expect(table.methods(of: "/exec/more") == [])
    }
}
