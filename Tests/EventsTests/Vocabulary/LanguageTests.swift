import Events
import Testing

@Suite struct LanguageTableTests {
    @Test func `all codes are there, in order`() {
        #expect(
            Language.all.map(\.code) == [
                "py", "js", "ts", "go", "java", "c", "cpp", "php", "rs", "r", "f90", "d", "bash",
            ])
    }

    @Test(arguments: [
        ("py", "py"), ("Python3", "py"), ("NODE", "js"), ("sh", "bash"), ("Shell", "bash"), ("c++", "cpp"),
        ("cc", "cpp"),
        ("golang", "go"), ("R", "r"), ("Rscript", "r"), ("f95", "f90"), ("dlang", "d"), ("rust", "rs"),
        ("typescript", "ts"),
    ])
    func `is found by any name in any case`(name: String, code: String) {
        #expect(Language.named(name)?.code == code)
    }

    @Test func `other names are unknown`() {
        #expect(Language.named("cobol") == nil)
        #expect(Language.named("") == nil)
    }
}
