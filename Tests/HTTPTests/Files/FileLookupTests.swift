import Events
import Testing

@testable import HTTP

@Suite("Who finds which file")
struct FileLookupTests {
    private static let owner = Owner(tenant: "t", principal: "ann")
    private static let colleague = Readership(owners: [Owner(tenant: "t", principal: "bob")])
    private static let stranger = Readership(owners: [Owner(tenant: "u", principal: "ann")])
    private static let actor = Actor(id: "t", kind: "jwt")

    private let house = MemoryHouse(blobs: MemoryBlobs())
    private var lookup: FileLookup { FileLookup(sessions: house) }

    /// A session of ann with one file.
    private func session(_ resource: ResourceIdentity = ResourceIdentity()) async throws -> (
        session: String, file: String
    ) {
        let session = Identifier.random()
        let file = Identifier.random()
        let content = FileContent(id: file, name: "a", size: 0, sha256: [], contentType: nil, readOnly: false)
        _ = try await house.append(
            Append(
                session: session, expected: .none,
                events: [
                    SessionCreated(
                        kind: resource.isShared ? .shared : .private, owner: Self.owner, endUser: nil, entityID: nil,
                        actor: Self.actor
                    ).event(),
                    FileUploaded(file: content, resource: resource, actor: Self.actor).event(),
                ]))
        return (session, file)
    }

    /// Links a file into a private session of ann.
    private func link(_ file: String, of source: String, _ resource: ResourceIdentity = ResourceIdentity()) async throws
        -> String
    {
        let (session, _) = try await session()
        let content = FileContent(id: file, name: "linked", size: 0, sha256: [], contentType: nil, readOnly: false)
        _ = try await house.append(
            Append(
                session: session, expected: .any,
                events: [FileLinked(file: content, source: source, resource: resource).event()]))
        return session
    }

    private func finds(
        _ file: String, in session: String, _ readership: Readership, _ stated: ResourceIdentity = ResourceIdentity()
    ) async throws -> Bool {
        let one = try await lookup.file(file, in: session, for: readership, stated: stated) != nil
        let listed = try await lookup.files(in: session, for: readership, stated: stated).contains { $0.id == file }
        #expect(one == listed, "list and probe must agree")
        return one
    }

    @Test("A private file is found by its owner, under any of the identities of a request, and by nobody else")
    func privateFile() async throws {
        let (session, file) = try await session()
        #expect(try await finds(file, in: session, Readership(owners: [Self.owner])))
        #expect(try await finds(file, in: session, Readership(owners: [Owner(tenant: "x"), Self.owner])))
        #expect(try await !finds(file, in: session, Self.colleague))
        #expect(try await !finds(file, in: session, Self.stranger))
        // For user files the stated id is never used: clients put the file's own id there.
        #expect(
            try await finds(
                file, in: session, Readership(owners: [Self.owner]), ResourceIdentity(kind: "user", id: "x")))
    }

    @Test(
        "A shared file is found by its tenant; what is stated about it must be true",
        arguments: [
            (ResourceIdentity(), true), (ResourceIdentity(kind: "skill"), true),
            (ResourceIdentity(kind: "skill", id: "pdf", version: "2"), true),
            (ResourceIdentity(kind: "agent", id: "pdf"), false), (ResourceIdentity(kind: "skill", id: "doc"), false),
            (ResourceIdentity(kind: "skill", id: "pdf", version: "3"), false),
        ])
    func sharedFile(stated: ResourceIdentity, expected: Bool) async throws {
        let (session, file) = try await session(ResourceIdentity(kind: "skill", id: "pdf", version: "2"))
        #expect(try await finds(file, in: session, Self.colleague, stated) == expected)
        #expect(try await finds(file, in: session, Readership(owners: [Self.owner]), stated) == expected)
        #expect(try await !finds(file, in: session, Self.stranger, stated))
    }

    @Test("Sharing does not reach through an alias in a private session")
    func aliasOfSharedFile() async throws {
        let resource = ResourceIdentity(kind: "agent", id: "a")
        let (source, file) = try await session(resource)
        let session = try await link(file, of: source, resource)
        #expect(try await finds(file, in: session, Readership(owners: [Self.owner])))
        #expect(try await !finds(file, in: session, Self.colleague))
        #expect(try await finds(file, in: source, Self.colleague))
    }

    @Test("An alias lives as long as the file it points to and that file's session")
    func aliasLife() async throws {
        let owner = Readership(owners: [Self.owner])
        let (source, file) = try await session()
        let session = try await link(file, of: source)
        #expect(try await finds(file, in: session, owner))
        _ = try await house.append(
            Append(
                session: source, expected: .any,
                events: [FileDeleted(fileID: file, name: "a", scope: .version, actor: Self.actor).event()]))
        #expect(try await !finds(file, in: session, owner))
        let (other, second) = try await self.session()
        let linking = try await link(second, of: other)
        _ = try await house.append(
            Append(session: other, expected: .any, events: [NewEvent(.sessionDeleted, body: [:])]))
        #expect(try await !finds(second, in: linking, owner))
    }

    @Test("A touch of an alias touches the session that owns its bytes and reports that")
    func aliasTouch() async throws {
        let (source, file) = try await session()
        let session = try await link(file, of: source)
        let found = try #require(
            try await lookup.file(file, in: session, for: Readership(owners: [Self.owner]), stated: ResourceIdentity()))
        let times = try await lookup.touch([found.file], in: session)
        #expect(Set(times.keys) == [session, source])
        #expect(Set(await house.touched) == [session, source])
    }

    @Test("Files of a deleted session are not found")
    func deletedSession() async throws {
        let (session, file) = try await session()
        _ = try await house.append(
            Append(session: session, expected: .any, events: [NewEvent(.sessionDeleted, body: [:])]))
        #expect(try await !finds(file, in: session, Readership(owners: [Self.owner])))
    }
}
