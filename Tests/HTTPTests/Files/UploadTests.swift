import Events
import Testing

@testable import HTTP

@Suite("POST /upload")
struct UploadTests {
    @Test("An upload answers in both dialects and becomes one private session in one append")
    func reply() async throws {
        try await FilesServer.run { server in
            let answer = try await server.upload([.file("data.csv", "a,b\n1,2\n")])
            let body = try server.json(answer)
            let session = try #require(body["session_id"]?.string)
            let file = try #require(body["files"]?.array?.first)
            #expect(body["message"]?.string == "success")
            #expect(body["storage_session_id"]?.string == session)
            #expect(Identifier.isWellFormed(session))
            #expect(Identifier.isWellFormed(file["fileId"]?.string ?? ""))
            #expect(file["filename"]?.string == "data.csv")
            #expect(file["size"]?.int == 8)
            #expect(file["sha256"]?.string == EventHash.sha256(Array("a,b\n1,2\n".utf8)).hex)
            let events = await server.house.all
            #expect(events.map(\.type) == [.sessionCreated, .fileUploaded])
            let created = SessionCreated(events[0].body)
            #expect(created.kind == .private)
            #expect(created.owner.tenant.hasPrefix("key:"))
            #expect(created.actor == Actor(id: created.owner.tenant, kind: "api_key"))
            #expect(FileUploaded(events[1].body).resource == ResourceIdentity())
            #expect((server.blobs.adopted, server.blobs.orphans) == (1, 0))
        }
    }

    @Test("Both prefixes take any file field, several files, zero bytes and nested UTF-8 names")
    func forms() async throws {
        try await FilesServer.run { server in
            let answer = try await server.upload(
                [
                    .raw(
                        "Content-Disposition: form-data; name=\"files[]\"; filename=\"d/数据 1.csv\"\r\n"
                            + "Content-Type: text/csv",
                        [1, 2]),
                    .raw("Content-Disposition: form-data; filename=\"empty\"", []),
                ], path: "/v1/upload")
            let files = try server.json(answer)["files"]?.array ?? []
            #expect(files.map { $0["filename"]?.string } == ["d/数据 1.csv", "empty"])
            #expect(files.map { $0["size"]?.int } == [2, 0])
            let uploaded = await server.house.all.dropFirst().map { FileUploaded($0.body).file }
            #expect(uploaded.map(\.contentType) == ["text/csv", nil])
        }
    }

    @Test("The received name is echoed byte for byte, the stored one is cleaned")
    func names() async throws {
        try await FilesServer.run { server in
            let sent = "dir\\e\u{301}.txt"
            let body = try server.json(try await server.upload([.file(sent, "x")]))
            let echoed = try #require(body["files"]?.array?.first?["filename"]?.string)
            #expect(Array(echoed.utf8) == Array(sent.utf8))
            let stored = FileUploaded(await server.house.all[1].body).file.name
            #expect(Array(stored.utf8) == Array("dir/\u{e9}.txt".utf8))
        }
    }

    @Test("Fields count whether they precede the files or follow them", arguments: [true, false])
    func fields(first: Bool) async throws {
        try await FilesServer.run { server in
            let fields: [Form.Part] = [
                .field("kind", "skill"), .field("id", "pdf"), .field("version", "7"), .field("read_only", "True"),
            ]
            let file = Form.Part.file("SKILL.md", "x")
            _ = try await server.store(first ? fields + [file] : [file] + fields)
            let events = await server.house.all
            #expect(SessionCreated(events[0].body).kind == .shared)
            let uploaded = FileUploaded(events[1].body)
            #expect(uploaded.resource == ResourceIdentity(kind: "skill", id: "pdf", version: "7"))
            #expect(uploaded.file.readOnly)
        }
    }

    @Test(
        "Only agents, skills and entities make a shared session",
        arguments: [
            ([("kind", "agent")], .shared), ([("kind", "skill")], .shared), ([("entity_id", "agent_1")], .shared),
            ([("kind", "user"), ("id", "u")], .private), ([("kind", "other")], .private),
            ([("entity_id", "")], .private),
        ] as [([(String, String)], SessionKind)])
    func sessionKind(fields: [(String, String)], expected: SessionKind) async throws {
        try await FilesServer.run { server in
            _ = try await server.store(fields.map { .field($0.0, $0.1) } + [.file("a", "x")])
            #expect(SessionCreated(await server.house.all[0].body).kind == expected)
        }
    }

    @Test("The User-Id header labels the session with its end user")
    func endUser() async throws {
        try await FilesServer.run { server in
            _ = try await server.upload([.file("a", "x")], headers: ["User-Id": "u-17"])
            #expect(SessionCreated(await server.house.all[0].body).endUser == "u-17")
        }
    }

    @Test("Of two files with one name both are stored and the later is current")
    func duplicateNames() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("a", "one"), .file("a", "two")])
            #expect(try await server.list(stored.session).count == 2)
            let current = try await server.list(stored.session, "?current=true")
            #expect(current.map { $0["id"]?.string } == [stored.files[1]])
        }
    }

    @Test("Two files of equal bytes share no id and are both downloadable")
    func equalBytes() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("a", "same"), .file("b", "same")])
            for file in stored.files {
                #expect(try await server.get("/download/\(stored.session)/\(file)").text == "same")
            }
            #expect(server.blobs.orphans == 0)
        }
    }

    @Test("Bytes reach the store in blocks, never as one")
    func blocks() async throws {
        try await FilesServer.run { server in
            let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
            let stored = try await server.store([.raw("Content-Disposition: form-data; filename=big", bytes)])
            #expect(server.blobs.writes.allSatisfy { $0 <= FileReceiver.blockBytes + 1 << 20 })
            #expect(server.blobs.writes.count > 5)
            #expect(try await server.get("/download/\(stored.session)/\(stored.files[0])").body == bytes)
        }
    }
}
