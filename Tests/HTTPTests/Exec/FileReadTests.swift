import Testing

@testable import HTTP

@Suite struct FileReadTests {
    @Test(arguments: [
        "cat '/mnt/data/a.txt'", "  cat 'a b'\n", #"cat 'it'\''s'"#, "cat ''", #"cat ''\'''"#, "cat 'a\nb'",
    ])
    func `one cat of one quoted name is a file read`(code: String) { #expect(FileRead.matches(Array(code.utf8))) }

    @Test(arguments: [
        "cat a.txt", "cat 'a' 'b'", "cat 'a'; ls", "cat  'a'", "cat 'a", "cat 'a'b'", #"cat "a""#, "ls", "", "cat '",
        "xcat 'a'",
        #"cat 'a'\'"#,
    ])
    func `anything else is not`(code: String) { #expect(!FileRead.matches(Array(code.utf8))) }
}
