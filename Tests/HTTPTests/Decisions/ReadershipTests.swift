import Events
import Testing

@Suite struct ReadershipTests {
    let bucket = Make.id("u")
    let agent = ResourceIdentity(kind: "agent", id: "agent_1")

    @Test func `a private file is read by its owner only`() {
        let file = Make.file(Make.id("f"), "x", in: bucket, resource: ResourceIdentity(kind: "user", id: "1"))
        let session = Make.session(bucket, files: [file])
        #expect(Readership(owners: [Make.alice]).reads(file, in: session))
        #expect(
            Readership(owners: [Make.alice]).reads(file, in: session, stated: ResourceIdentity(kind: "user", id: "2")))
        #expect(!Readership(owners: [Make.bob]).reads(file, in: session))
    }

    @Test func `any proven identity may read`() {
        let file = Make.file(Make.id("f"), "x", in: bucket)
        #expect(Readership(owners: [Make.bob, Make.alice]).reads(file, in: Make.session(bucket, files: [file])))
    }

    @Test func `an entity id alone shares with the tenant`() {
        let file = Make.file(Make.id("f"), "x", in: bucket, resource: ResourceIdentity(entityID: "agent_1"))
        let session = Make.session(bucket, kind: .shared, files: [file])
        #expect(Readership(owners: [Make.bob]).reads(file, in: session))
        #expect(Readership(owners: [Make.bob]).reads(file, in: session, stated: agent))
        #expect(
            !Readership(owners: [Make.bob]).reads(file, in: session, stated: ResourceIdentity(kind: "agent", id: "2")))
        #expect(!Readership(owners: [Make.stranger]).reads(file, in: session))
    }

    @Test func `the id beside kind user means nothing`() {
        let file = Make.file(Make.id("f"), "x", in: bucket, resource: ResourceIdentity(entityID: "agent_1"))
        let session = Make.session(bucket, kind: .shared, files: [file])
        #expect(
            Readership(owners: [Make.bob]).reads(file, in: session, stated: ResourceIdentity(kind: "user", id: "file")))
    }

    @Test func `sharing does not reach through an alias in a private session`() {
        let alias = Make.file(Make.id("f"), "x", in: bucket, resource: agent, origin: .link)
        let session = Make.session(Make.id("r"), files: [alias])
        #expect(Readership(owners: [Make.alice]).reads(alias, in: session))
        #expect(!Readership(owners: [Make.bob]).reads(alias, in: session))
    }

    @Test func `a shared file is deleted by its owner, or by those who state what it is`() {
        let file = Make.file(Make.id("f"), "x", in: bucket, resource: agent)
        let session = Make.session(bucket, kind: .shared, files: [file])
        #expect(Readership(owners: [Make.alice]).deletes(file, in: session, stated: ResourceIdentity()))
        #expect(!Readership(owners: [Make.bob]).deletes(file, in: session, stated: ResourceIdentity()))
        #expect(Readership(owners: [Make.bob]).deletes(file, in: session, stated: agent))
        #expect(!Readership(owners: [Make.stranger]).deletes(file, in: session, stated: agent))
    }

    @Test(arguments: [
        (ResourceIdentity(kind: "agent"), ResourceIdentity(kind: "agent", id: "any"), false),
        (ResourceIdentity(kind: "agent"), ResourceIdentity(kind: "agent"), false),
        (ResourceIdentity(kind: "agent", id: "a"), ResourceIdentity(kind: "agent"), false),
        (ResourceIdentity(kind: "agent", id: "a"), ResourceIdentity(id: "a"), false),
        (ResourceIdentity(kind: "agent", id: "a"), ResourceIdentity(kind: "agent", id: "a"), true),
        (ResourceIdentity(kind: "agent", entityID: "a"), ResourceIdentity(kind: "agent", entityID: "a"), true),
        (ResourceIdentity(kind: "user", id: "u", entityID: "a"), ResourceIdentity(kind: "user"), false),
        (ResourceIdentity(kind: "user", id: "u", entityID: "a"), ResourceIdentity(kind: "user", entityID: "a"), true),
        (ResourceIdentity(entityID: "a"), ResourceIdentity(entityID: "a"), true),
        (ResourceIdentity(entityID: "a"), ResourceIdentity(kind: "agent", id: "a"), true),
        (ResourceIdentity(entityID: "a"), ResourceIdentity(kind: "user"), false),
        (
            ResourceIdentity(kind: "skill", id: "s", version: "1"),
            ResourceIdentity(kind: "skill", id: "s", version: "2"), false
        ),
    ])
    func `a colleague deletes only what he can name`(
        resource: ResourceIdentity, stated: ResourceIdentity, expected: Bool
    ) {
        let file = Make.file(Make.id("f"), "x", in: bucket, resource: resource)
        let session = Make.session(bucket, kind: .shared, files: [file])
        #expect(Readership(owners: [Make.bob]).deletes(file, in: session, stated: stated) == expected)
        #expect(Readership(owners: [Make.alice]).deletes(file, in: session, stated: ResourceIdentity()))
    }
}
