import Events
import Testing

@Suite("Vocabulary")
struct VocabularyTests {
    @Test("Bytes survive the way through hexadecimal text")
    func hex() {
        let bytes = Array(UInt8.min...UInt8.max)
        #expect([UInt8](hex: bytes.hex) == bytes)
        #expect([UInt8](hex: bytes.hex.uppercased()) == bytes)
        #expect([0x00, 0x0F, 0xAB].hex == "000fab")
        #expect([UInt8](hex: "") == [])
    }

    @Test(
        "What is not hexadecimal text of even length is refused",
        arguments: ["0", "abc", "0g", "0x00", "é0", " 00", "00 "])
    func notHex(text: String) {
        #expect([UInt8](hex: text) == nil)
    }

    @Test("Languages are found by code, alias and any case")
    func languages() {
        #expect(Language.all.count == 13)
        for language in Language.all {
            for name in [language.code] + language.aliases {
                #expect(Language.named(name) == language)
                #expect(Language.named(name.uppercased()) == language)
            }
        }
        #expect(Language.named("cobol") == nil)
        #expect(Language.named("") == nil)
    }

    @Test("No two languages share a code or an alias")
    func distinctLanguages() {
        let names = Language.all.flatMap { [$0.code] + $0.aliases }
        #expect(Set(names).count == names.count)
    }

    @Test("Owners have the same key exactly when they are equal")
    func ownerKeys() {
        let owners = [
            Owner(tenant: "a"), Owner(tenant: "b"), Owner(tenant: "a", principal: "b"),
            Owner(tenant: "b", principal: "a"),
        ]
        #expect(Set(owners.map(\.key)).count == owners.count)
        #expect(Owner(tenant: "a").key == Owner(tenant: "a", principal: "a").key)
    }

    @Test("Only agents, skills and entities share a file with the whole tenant")
    func sharing() {
        #expect(!ResourceIdentity().isShared)
        #expect(!ResourceIdentity(kind: "user", id: "u").isShared)
        #expect(!ResourceIdentity(entityID: "").isShared)
        #expect(ResourceIdentity(kind: "agent").isShared)
        #expect(ResourceIdentity(kind: "skill").isShared)
        #expect(ResourceIdentity(entityID: "e").isShared)
    }
}
