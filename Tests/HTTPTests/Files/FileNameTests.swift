import Events
import Testing

@testable import HTTP

@Suite("File names")
struct FileNameTests {
    @Test(
        "A mount path drops its prefix and empty segments, and turns backslashes",
        arguments: [
            ("a.txt", "a.txt"), ("/mnt/data/a.txt", "a.txt"), ("./a.txt", "a.txt"), ("/a.txt", "a.txt"),
            ("/mnt/data/d/a.txt", "d/a.txt"), ("d\\e\\a.txt", "d/e/a.txt"), ("././d//a.txt", "d/a.txt"),
            ("mnt/data/a.txt", "mnt/data/a.txt"), ("/mnt/a.txt", "mnt/a.txt"), ("d/./a.txt", "d/a.txt"),
            ("\\mnt\\data\\a", "a"), ("...", "..."), ("a..b", "a..b"), (" a ", " a "), ("a\nb", "a\nb"),
            ("e\u{301}.txt", "\u{e9}.txt"), ("/\u{301}x", "\u{301}x"),
        ])
    func mountPaths(raw: String, expected: String) {
        #expect(MountPath.normalize(raw).map { Array($0.utf8) } == Array(expected.utf8))
    }

    @Test(
        "An unsafe mount path is refused",
        arguments: [
            "", ".", "/", "./", "//", "..", "../a", "a/..", "a/../b", "a\\..\\b", "/mnt/data/", "/mnt/data/../x",
            "a\0b",
            String(repeating: "x", count: 256), String(repeating: "é", count: 128),
            Array(repeating: "d", count: 21).joined(separator: "/"),
            Array(repeating: String(repeating: "x", count: 250), count: 5).joined(separator: "/"),
        ])
    func unsafeMountPaths(raw: String) {
        #expect(MountPath.normalize(raw) == nil)
    }

    @Test("The greatest names are taken")
    func limits() {
        #expect(MountPath.normalize(String(repeating: "x", count: 255)) != nil)
        #expect(MountPath.normalize(Array(repeating: "d", count: 20).joined(separator: "/")) != nil)
        let longest = Array(repeating: String(repeating: "x", count: 204), count: 5).joined(separator: "/")
        #expect(longest.utf8.count == 1024)
        #expect(MountPath.normalize(longest) == longest)
        // 85 decomposed syllables are 255 bytes when composed.
        let decomposed = String(repeating: "\u{1100}\u{1161}\u{11a8}", count: 85)
        #expect(MountPath.normalize(decomposed)?.utf8.count == 255)
    }

    @Test(
        "A stored name has no control characters and no special prefix",
        arguments: [
            ("a\nb\u{7}c\u{7F}d\u{85}e.txt", "a_b_c_d_e.txt"), ("a\r\nb", "a__b"), ("/mnt/data/a", "mnt/data/a"),
            ("dir\\sub\\a.txt", "dir/sub/a.txt"), ("././d/a.txt", "d/a.txt"), ("C:\\x\\a.txt", "C:/x/a.txt"),
            ("e\u{301}-u\u{308}.txt", "\u{e9}-\u{fc}.txt"), ("emoji 😀🇫🇷.txt", "emoji 😀🇫🇷.txt"),
        ])
    func storedNames(raw: String, expected: String) {
        #expect(MountPath.stored(raw).map { Array($0.utf8) } == Array(expected.utf8))
    }

    @Test("Cleaning a cleaned name changes nothing, and every stored name can be mounted", arguments: 0..<30)
    func idempotence(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        let alphabet: [Unicode.Scalar] = [
            "a", ".", "/", "\\", "\u{301}", "e", "\0", "\n", "\u{85}", "\u{1100}", "\u{1161}", "\u{212B}", "😀",
        ]
        for _ in 0..<300 {
            var raw = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                raw.append(alphabet[Int.random(in: alphabet.indices, using: &random)])
            }
            guard let stored = MountPath.stored(String(raw)) else { continue }
            #expect(MountPath.stored(stored).map { Array($0.utf8) } == Array(stored.utf8))
            #expect(MountPath.normalize(stored).map { Array($0.utf8) } == Array(stored.utf8))
        }
    }

    @Test(
        "The Content-Disposition of a download is exact and ASCII",
        arguments: [
            ("数据 1.csv", "attachment; filename=\"___1.csv\"; filename*=UTF-8''%E6%95%B0%E6%8D%AE%201.csv"),
            ("plain.txt", "attachment; filename=\"plain.txt\"; filename*=UTF-8''plain.txt"),
            ("dir/sub/base.txt", "attachment; filename=\"base.txt\"; filename*=UTF-8''base.txt"),
            ("a'b(c)*!~.txt", "attachment; filename=\"a_b_c____.txt\"; filename*=UTF-8''a%27b%28c%29%2A%21~.txt"),
            (
                "semi;colon=1%20.txt",
                "attachment; filename=\"semi_colon_1_20.txt\"; filename*=UTF-8''semi%3Bcolon%3D1%2520.txt"
            ),
            ("quote\".txt", "attachment; filename=\"quote_.txt\"; filename*=UTF-8''quote%22.txt"),
            ("😀", "attachment; filename=\"_\"; filename*=UTF-8''%F0%9F%98%80"),
            ("é-ü.txt", "attachment; filename=\"_-_.txt\"; filename*=UTF-8''%C3%A9-%C3%BC.txt"),
            ("e\u{301}", "attachment; filename=\"_\"; filename*=UTF-8''%C3%A9"),
            ("", "attachment; filename=\"download\"; filename*=UTF-8''"),
        ])
    func attachment(name: String, expected: String) {
        #expect(AttachmentHeader.value(for: name) == expected)
    }

    @Test(
        "Only a plain extension is one",
        arguments: [
            ("a.csv", ".csv"), ("a.tar.gz", ".gz"), ("a", ""), ("a.", ""), (".bashrc", ""), ("d.e/a", ""),
            ("a.数据", ""), ("a.x y", ""), ("a.12345678901234567", ""), ("a.1234567890123456", ".1234567890123456"),
            ("d/.x.CSV", ".CSV"),
        ])
    func extensions(name: String, expected: String) {
        #expect(FileExtension.of(name) == expected)
    }

    @Test(
        "A file is served as stated, else by its extension, else as bytes",
        arguments: [
            ("text/x-mine", "a.csv", "text/x-mine"), (nil, "a.csv", "text/csv"),
            ("application/octet-stream", "A.CSV", "text/csv"),
            ("application/octet-stream; x=y", "d/a.png", "image/png"), ("", "a.json", "application/json"),
            (nil, "a.unknown", "application/octet-stream"), (nil, "csv", "application/octet-stream"),
        ] as [(String?, String, String)])
    func contentTypes(stored: String?, name: String, expected: String) {
        #expect(ContentTypes.served(stored: stored, name: name) == expected)
    }
}
