import Testing

@testable import HTTP

@Suite("Names in part headers")
struct PartHeaderTests {
    @Test(
        "File names arrive as senders write them",
        arguments: [
            (#"filename="data.csv""#, "data.csv"),
            (#"filename=data.csv"#, "data.csv"),
            (#"filename = "data.csv" ; x=y"#, "data.csv"),
            (#"FileName="data.csv""#, "data.csv"),
            (#"filename="数据 1.csv""#, "数据 1.csv"),
            (#"filename="pdf/scripts/x.py""#, "pdf/scripts/x.py"),
            // Browsers and undici write a quote as %22 and nothing else; Go, curl and aiohttp escape it.
            (#"filename="a%22b.txt""#, #"a"b.txt"#),
            (#"filename="per%cent%20.txt""#, "per%cent%20.txt"),
            (#"filename="a\"b\\c.txt""#, #"a"b\c.txt"#),
            (#"filename="a\"; b.txt""#, #"a"; b.txt"#),
            // Node's form-data escapes nothing.
            (#"filename="a"b.txt""#, #"a"b.txt"#),
            (#"filename="C:\dir\file.txt""#, #"C:\dir\file.txt"#),
            (#"filename="ends\""#, #"ends\"#),
            (#"filename="semi;colon=1.txt""#, "semi;colon=1.txt"),
            (#"filename="never closed"#, "never closed"),
            (#"filename="""#, ""),
            // The extended form wins, wherever it stands, unless it is broken.
            (#"filename="fallback.csv"; filename*=UTF-8''%E6%95%B0%E6%8D%AE.csv"#, "数据.csv"),
            (#"filename*=utf-8'en'a%20b.txt; filename="x""#, "a b.txt"),
            (#"filename*=ISO-8859-1''caf%E9.txt"#, "café.txt"),
            (#"filename*=UTF-8''bad%E9.txt; filename="plain.txt""#, "plain.txt"),
            (#"filename*=UTF-8''bad%; filename="plain.txt""#, "plain.txt"),
            (#"filename*=shift-jis''x; filename="plain.txt""#, "plain.txt"),
            (#"filename*=nonsense"#, "nonsense"),
            (#"filename="first.txt"; filename="second.txt""#, "first.txt"),
        ])
    func filenames(parameter: String, expected: String) throws {
        let part = try MultipartPart(
            headerBlock: Array("Content-Disposition: form-data; name=file; \(parameter)\r\n\r\n".utf8))
        #expect(part.filename?.utf8.elementsEqual(expected.utf8) == true, "\(part.filename ?? "nil")")
        #expect(part.name == "file")
    }

    @Test("Bytes that are not UTF-8 are read as Latin-1, without replacement characters")
    func latin1() throws {
        let head =
            Array("Content-Disposition: form-data; name=\"file\"; filename=\"caf".utf8) + [0xE9]
            + Array(".txt\"\r\n\r\n".utf8)
        #expect(try MultipartPart(headerBlock: head).filename == "café.txt")
    }

    @Test("A name keeps its normalisation form byte for byte")
    func verbatim() throws {
        let name = "e\u{301}.txt"
        let part = try MultipartPart(
            headerBlock: Array("Content-Disposition: form-data; filename=\"\(name)\"\r\n\r\n".utf8))
        #expect(part.filename.map { Array($0.utf8) } == Array(name.utf8))
    }

    @Test(
        "A part without a form-data disposition has neither name nor file name",
        arguments: [
            "", "Content-Type: text/plain\r\n", "Content-Disposition: attachment; name=\"x\"; filename=\"y\"\r\n",
        ])
    func noDisposition(headers: String) throws {
        let part = try MultipartPart(headerBlock: Array("\(headers)\r\n".utf8))
        #expect((part.name, part.filename) == (nil, nil))
    }

    @Test(
        "A content type is kept if it can stand in a header, else dropped",
        arguments: [
            ("text/csv", "text/csv"), ("  text/plain; charset=utf-8", "text/plain; charset=utf-8"), ("", nil),
            ("text/ü", nil), ("a\u{1}b", nil), (String(repeating: "x", count: 256), nil),
        ])
    func contentTypes(value: String, expected: String?) throws {
        #expect(try MultipartPart(headerBlock: Array("Content-Type: \(value)\r\n\r\n".utf8)).contentType == expected)
    }

    @Test("Header names are case-insensitive and long headers may be folded")
    func folding() throws {
        let part = try MultipartPart(
            headerBlock: Array("CONTENT-disposition: form-data;\r\n\tname=\"a\";\r\n filename=\"b\"\r\n\r\n".utf8))
        #expect(part == MultipartPart(name: "a", filename: "b"))
    }
}
