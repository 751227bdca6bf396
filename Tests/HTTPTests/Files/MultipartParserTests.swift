import NIOCore
import Testing

@testable import HTTP

@Suite("Multipart parser")
struct MultipartParserTests {
    @Test("A form of fields and files gives its parts in order")
    func wholeForm() throws {
        let events = try parse(
            "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nskill\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a/x.py\"\r\n"
                + "Content-Type: text/x-python\r\n\r\nprint(1)\n\r\n--b--\r\n")
        #expect(
            events == [
                .part(MultipartPart(name: "kind"), "skill"),
                .part(MultipartPart(name: "file", filename: "a/x.py", contentType: "text/x-python"), "print(1)\n"),
                .finished,
            ])
    }

    @Test(
        "Contents that resemble the boundary stay contents",
        arguments: [
            "", "\r", "\n", "\r\n", "\r\n\r\n", "\r\n-", "\r\n--", "\r\n-- b", "\r\n--B", "--b", "x--b--",
            "\r\r\n\r\n--a",
            "\r\n\r\r\n--\r\n", "-", "--", "\n--b\n",
        ])
    func lookalikes(content: String) throws {
        // At the very start of a content CRLF is already behind us, so there it must not begin with the boundary.
        let content = content.hasPrefix("--b") ? "x" + content : content
        #expect(try parse(Form.body([.file("f", content)])) == [.part(.file("f"), content), .finished])
    }

    @Test("A part may have no header, no content, or neither")
    func degenerateParts() throws {
        #expect(try parse("--b\r\n\r\nx\r\n--b--") == [.part(MultipartPart(), "x"), .finished])
        #expect(try parse("--b\r\n\r\n\r\n--b--") == [.part(MultipartPart(), ""), .finished])
        #expect(try parse("--b\r\n\r\n--b--") == [.part(MultipartPart(), ""), .finished])
        #expect(try parse("--b--") == [.finished])
    }

    @Test("Preamble, blanks behind a boundary, bare LF in headers and an epilogue are tolerated")
    func tolerance() throws {
        let body =
            "preamble\r\n--b \t \r\nContent-Disposition: form-data;\n name=\"file\"; filename=f\n\nx\r\n"
            + "--b--\r\nepilogue --b"
        #expect(try parse(body) == [.part(.file("f"), "x"), .finished])
        #expect(try parse("\r\n" + Form.body([.file("f", "x")])) == [.part(.file("f"), "x"), .finished])
    }

    @Test(
        "A boundary may have the form browsers, Node and Python give it",
        arguments: [
            "----WebKitFormBoundary7MA4YWxkTrZu0gW", "--------------------------974767299852498929531610575",
            "----formdata-undici-034567890123", "'()+_,-./:=?", "0", "a b",
        ])
    func boundaries(boundary: String) throws {
        let quoted = try #require(MultipartBoundary.parse(contentType: "multipart/form-data; boundary=\"\(boundary)\""))
        #expect(quoted == Array(boundary.utf8))
        let body = Form.body([.file("f", "x\r\n--y")], boundary: boundary)
        #expect(try parse(body, boundary: boundary) == [.part(.file("f"), "x\r\n--y"), .finished])
    }

    @Test(
        "A content type without a usable boundary is not a form",
        arguments: [
            "", "text/plain", "application/json; boundary=b", "multipart/mixed; boundary=b", "multipart/form-data",
            "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=\"a \"",
            "multipart/form-data; boundary=" + String(repeating: "x", count: 201), "multipart/form-data; boundary=ü",
        ])
    func notAForm(contentType: String) {
        #expect(MultipartBoundary.parse(contentType: contentType) == nil)
    }

    @Test("Type and parameter name of a content type are case-insensitive")
    func caseOfContentType() {
        #expect(
            MultipartBoundary.parse(contentType: "Multipart/Form-Data;charset=utf-8; Boundary=aB") == Array("aB".utf8))
    }

    @Test(
        "A body that ends before its closing boundary is an error",
        arguments: [
            "", "--b", "--b\r\n", "--b-", "--b\r\nContent-Disposition: form-data", "--b\r\n\r\nabc",
            "--b\r\n\r\nabc\r\n--b",
            "--b\r\n\r\nabc\r\n--b\r\n", "no boundary at all", "--other\r\n\r\nabc\r\n--other--\r\n", "\n--b--",
        ])
    func truncated(body: String) {
        #expect(throws: MultipartError.unexpectedEnd) { try parse(body) }
    }

    @Test("Every proper prefix of a form is an error, every extension is not")
    func prefixes() throws {
        let body = Array(Form.body([.field("kind", "user"), .file("f", "abc\r\n--\r\n")]).utf8)
        let closing = body.count - 2
        for length in 0..<closing { #expect(throws: MultipartError.self) { try parse(Array(body[..<length])) } }
        for length in closing...body.count { #expect(try parse(Array(body[..<length])).last == .finished) }
    }

    @Test("Garbage behind a boundary, headers without colon, and endless headers, blanks or preambles are errors")
    func malformed() {
        #expect(throws: MultipartError.malformedDelimiter) { try parse("--b\r\n\r\nx\r\n--bc\r\n") }
        #expect(throws: MultipartError.malformedDelimiter) { try parse("--b-x") }
        #expect(throws: MultipartError.malformedDelimiter) { try parse("--b\rx") }
        #expect(throws: MultipartError.malformedDelimiter) { try parse("--b" + String(repeating: " ", count: 300)) }
        #expect(throws: MultipartError.malformedHeader) { try parse("--b\r\nnonsense\r\n\r\n") }
        #expect(throws: MultipartError.headerTooLong) {
            try parse("--b\r\nA: " + String(repeating: "x", count: MultipartParser.maximumHeaderBytes))
        }
        #expect(throws: MultipartError.preambleTooLong) {
            try parse(String(repeating: "x", count: MultipartParser.maximumPreambleBytes + 1))
        }
    }

    @Test("After an error every call repeats it")
    func poisoned() {
        var parser = MultipartParser(boundary: Array("b".utf8))
        #expect(throws: MultipartError.malformedDelimiter) { try parser.feed(ByteBuffer(string: "--bX")) }
        #expect(throws: MultipartError.malformedDelimiter) { try parser.feed(ByteBuffer(string: "\r\n")) }
        #expect(throws: MultipartError.malformedDelimiter) { try parser.finish() }
    }
}
