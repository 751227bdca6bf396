import Events
import Testing

@testable import HTTP

@Suite("Upload rules")
struct UploadRulesTests {
    private func form(_ values: [(String, String)]) -> UploadForm {
        var form = UploadForm()
        for (name, value) in values { form.set(name, value) }
        return form
    }

    @Test("What the form says about its owner is kept where it follows the rules")
    func resource() {
        #expect(form([]).resource == ResourceIdentity())
        #expect(form([("kind", "user"), ("id", "u1")]).resource == ResourceIdentity(kind: "user", id: "u1"))
        #expect(form([("kind", "robot")]).resource.kind == "user")
        #expect(
            form([("kind", "skill"), ("id", "s:1"), ("version", "12")]).resource
                == ResourceIdentity(kind: "skill", id: "s:1", version: "12"))
        #expect(form([("kind", "agent"), ("id", "a"), ("version", "12")]).resource.version == nil)
        #expect(form([("kind", "skill"), ("version", "1.2")]).resource.version == nil)
        #expect(form([("id", "has space")]).resource.id == nil)
        #expect(form([("id", String(repeating: "x", count: 129))]).resource.id == nil)
        #expect(form([("entity_id", "")]).resource.entityID == nil)
        #expect(form([("entity_id", "agent_1")]).resource.isShared)
        #expect(form([("entity_id", String(repeating: "x", count: 257))]).resource.entityID == nil)
    }

    @Test(
        "read_only is true in any case, and nothing else is",
        arguments: [
            ("true", true), ("TRUE", true), ("True", true), ("1", false), ("yes", false), ("", false), ("true ", false),
        ])
    func readOnly(value: String, expected: Bool) {
        #expect(form([("read_only", value)]).isReadOnly == expected)
    }

    private func budget(files: Int = 10, names: Int = 10, file: Int64 = 100, total: Int64 = 1000) -> UploadBudget {
        var limits = HTTPConfiguration.Limits()
        limits.maxFilesPerUpload = files
        limits.maxFilesPerSession = names
        limits.maxFileBytes = file
        limits.maxTotalFileBytes = total
        return UploadBudget(limits)
    }

    @Test("A file may have exactly the limit, and not one byte more")
    func fileSize() throws {
        var budget = budget()
        try budget.begin("a")
        try budget.add(60)
        try budget.add(40)
        #expect(throws: FileRejection.tooLarge(limit: 100)) { try budget.add(1) }
    }

    @Test("Files count one by one, also those of one name")
    func fileCount() throws {
        var budget = budget(files: 2)
        for _ in 0..<2 { try budget.count() }
        #expect(throws: FileRejection.tooManyFiles(limit: 2)) { try budget.count() }
    }

    @Test("Names count once, however often they come")
    func names() throws {
        var budget = budget(names: 1)
        for _ in 0..<3 {
            try budget.begin("a")
            budget.end()
        }
        #expect(throws: FileRejection.tooManyNames(limit: 1)) { try budget.begin("b") }
    }

    @Test("A file that is not taken leaves an earlier one of its name, and its room, as they were")
    func abandoned() throws {
        var budget = budget(names: 1, total: 150)
        try budget.begin("a")
        try budget.add(100)
        budget.end()
        try budget.begin("a")
        #expect(throws: FileRejection.tooLarge(limit: 100)) { try budget.add(101) }
        budget.abandon()
        #expect(throws: FileRejection.tooManyNames(limit: 1)) { try budget.begin("b") }
        try budget.begin("a")
        try budget.add(100)
    }

    @Test("The session total counts the current file of each name")
    func total() throws {
        var budget = budget(total: 150)
        for name in ["a", "a", "a"] {
            try budget.begin(name)
            try budget.add(100)
            budget.end()
        }
        try budget.begin("b")
        try budget.add(50)
        #expect(throws: FileRejection.sessionTotal(limit: 150)) { try budget.add(1) }
    }
}
