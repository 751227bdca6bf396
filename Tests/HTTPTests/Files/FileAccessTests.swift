import Events
import Testing

@testable import HTTP

@Suite("Listing, probing, downloading and deleting files")
struct FileAccessTests {
    private static let unknown = "ZZZZZZZZZZZZZZZZZZZZZ"

    @Test("A listed file has every member of the contract")
    func listItem() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([
                .field("kind", "user"), .field("id", "u1"), .file("d/data.csv", "a,b\n"),
            ])
            let item = try #require(try await server.list(stored.session).first)
            let id = stored.files[0]
            let digest = EventHash.sha256(Array("a,b\n".utf8)).hex
            #expect(item["name"]?.string == "\(stored.session)/\(id).csv")
            #expect([item["id"], item["fileId"]].map { $0?.string } == [id, id])
            #expect(
                [item["session_id"], item["storage_session_id"]].map { $0?.string } == [stored.session, stored.session])
            #expect(item["filename"]?.string == "d/data.csv")
            #expect(item["content"] == .null)
            #expect(item["size"]?.int == 4)
            #expect(item["etag"]?.string == "\"\(digest)\"")
            #expect(item["contentType"]?.string == "text/csv")
            #expect(item["read_only"]?.bool == false)
            #expect(
                item["metadata"] == [
                    "content-type": "text/csv", "original-filename": "d/data.csv", "original-filename-encoded": "none",
                ])
            #expect(item["kind"]?.string == "user")
            #expect(item["resource_id"]?.string == "u1")
            #expect(item["version"] == nil)
            let modified = try #require(item["lastModified"]?.string.flatMap { Timestamp($0) })
            #expect(Timestamp.now().milliseconds - modified.milliseconds < 60_000)
            #expect(item["createdAt"]?.string.flatMap { Timestamp($0) } != nil)
            #expect(await server.house.touched == [stored.session])
        }
    }

    @Test("What the upload did not state is absent, never null")
    func unstated() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("a", "x")])
            let item = try #require(try await server.list(stored.session, "?detail=full").first)
            for name in ["kind", "resource_id", "version"] { #expect(item[name] == nil) }
        }
    }

    @Test("Every detail but simple gives the full item")
    func details() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("d/a.txt", "x")])
            for detail in ["", "?detail=summary", "?detail=full", "?detail=normalized", "?detail=other"] {
                #expect(try await server.list(stored.session, detail).first?["metadata"] != nil, "\(detail)")
            }
            #expect(
                try await server.list(stored.session, "?detail=simple")
                    == [["id": .string(stored.files[0]), "name": "d/a.txt", "path": "/d/a.txt"]])
        }
    }

    @Test("Unknown, malformed and foreign sessions list as an empty array and are not touched")
    func emptyLists() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("a", "x")])
            for session in [Self.unknown, "short", "a%2Fb"] { #expect(try await server.list(session) == []) }
            #expect(try await server.list(stored.session, key: FilesServer.strangerKey) == [])
            #expect(await server.house.touched == [])
        }
    }

    @Test("The probe tells of a file what the contract says, and touches it")
    func probe() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.field("read_only", "true"), .file("d/a.txt", "x")])
            let body = try server.json(try await server.get("/sessions/\(stored.session)/objects/\(stored.files[0])"))
            #expect(
                body.members?.map(\.name) == [
                    "name", "originalFilename", "size", "lastModified", "etag", "contentType", "readOnly", "id",
                    "storage_session_id",
                ])
            #expect(body["name"]?.string == "\(stored.session)/\(stored.files[0]).txt")
            #expect(body["originalFilename"]?.string == "d/a.txt")
            #expect(body["readOnly"]?.bool == true)
            #expect(await server.house.touched == [stored.session])
        }
    }

    @Test("A download has exact bytes, length and headers")
    func download() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("数据 1.csv", "abc")])
            for prefix in ["", "/v1"] {
                let answer = try await server.get(
                    "\(prefix)/download/\(stored.session)/\(stored.files[0])?kind=user&id=x")
                #expect((answer.status, answer.text) == (200, "abc"))
                #expect(answer.headers["content-length"] == "3")
                #expect(answer.headers["content-type"] == "text/csv")
                #expect(
                    answer.headers["content-disposition"]
                        == "attachment; filename=\"___1.csv\"; filename*=UTF-8''%E6%95%B0%E6%8D%AE%201.csv")
                #expect(answer.headers["etag"] == "\"\(EventHash.sha256(Array("abc".utf8)).hex)\"")
                #expect(answer.headers["cache-control"] == "private, max-age=3600")
                #expect(answer.headers["access-control-allow-origin"] == "*")
                #expect(answer.headers["access-control-expose-headers"] == "Content-Disposition")
                #expect(answer.headers["content-security-policy"] == "default-src 'none'; sandbox")
                #expect(answer.headers["content-encoding"] == nil)
            }
        }
    }

    @Test("HEAD has the headers of GET and no bytes; an empty file downloads as nothing")
    func headAndEmpty() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("a", "abc"), .file("b", "")])
            let head = try await server.get("/download/\(stored.session)/\(stored.files[0])", method: "HEAD")
            #expect((head.status, head.body.count, head.headers["content-length"]) == (200, 0, "3"))
            let empty = try await server.get("/download/\(stored.session)/\(stored.files[1])")
            #expect((empty.status, empty.body.count, empty.headers["content-length"]) == (200, 0, "0"))
        }
    }

    @Test("OPTIONS of a download needs no credential and allows every origin")
    func options() async throws {
        try await FilesServer.run { server in
            for prefix in ["", "/v1"] {
                let answer = try await server.client.send(
                    "OPTIONS", "\(prefix)/download/\(Self.unknown)/\(Self.unknown)")
                #expect(answer.status == 204)
                #expect(answer.headers["access-control-allow-origin"] == "*")
                #expect(answer.headers["access-control-allow-methods"] == "GET, OPTIONS")
                #expect(answer.headers["access-control-allow-headers"] == "x-api-key, authorization, content-type")
                #expect(answer.headers["access-control-max-age"] == "3600")
            }
        }
    }

    @Test("A client that has the version gets 304; a range gets its part")
    func conditions() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("a", "0123456789")])
            let path = "/download/\(stored.session)/\(stored.files[0])"
            let etag = try #require(try await server.get(path).headers["etag"])
            let known = try await server.get(path, headers: ["If-None-Match": etag])
            #expect((known.status, known.body.count, known.headers["etag"]) == (304, 0, etag))
            let part = try await server.get(path, headers: ["Range": "bytes=2-4"])
            #expect((part.status, part.text, part.headers["content-range"]) == (206, "234", "bytes 2-4/10"))
            let beyond = try await server.get(path, headers: ["Range": "bytes=10-"])
            #expect((beyond.status, beyond.headers["content-range"]) == (416, "bytes */10"))
        }
    }

    @Test("A file nobody may see answers like one that does not exist")
    func notFound() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("a", "x")])
            let path = "\(stored.session)/\(stored.files[0])"
            for (method, form) in [
                ("GET", "/download/%"), ("DELETE", "/files/%"), ("GET", "/sessions/%"), ("DELETE", "/sessions/%"),
            ] {
                func at(_ session: String, _ file: String) -> String {
                    form.hasPrefix("/sessions")
                        ? "/sessions/\(session)/objects/\(file)" : form.replacing("%", with: "\(session)/\(file)")
                }
                let answers = [
                    try await server.get(at(Self.unknown, Self.unknown), method: method),
                    try await server.get(at(stored.session, Self.unknown), method: method),
                    try await server.get(at("malformed", "x"), method: method),
                    try await server.get(
                        at(stored.session, stored.files[0]), key: FilesServer.strangerKey, method: method),
                ]
                for answer in answers {
                    #expect(answer.status == 404, "\(method) \(path)")
                    #expect(try JSONParser.parse(answer.body)["error"]?.string == "File not found")
                }
            }
            #expect(await server.house.touched == [])
        }
    }

    @Test("A blob that is missing is an error answer, not a broken body")
    func missingBlob() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("a", "x")])
            server.blobs.lose()
            #expect(try await server.get("/download/\(stored.session)/\(stored.files[0])").status == 500)
        }
    }

    @Test(
        "Deleting removes that version once; no older one of its name comes back",
        arguments: [
            "/files/%s/%f", "/sessions/%s/objects/%f", "/v1/files/%s/%f", "/v1/sessions/%s/objects/%f",
        ])
    func deletion(form: String) async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("a", "one"), .file("a", "two"), .file("b", "x")])
            let path = form.replacing("%s", with: stored.session).replacing("%f", with: stored.files[1])
            let body = try server.json(try await server.delete(path))
            #expect(
                body == [
                    "message": "File deleted", "session_id": .string(stored.session),
                    "fileId": .string(stored.files[1]),
                ])
            #expect(try await server.delete(path).status == 404)
            #expect(try await server.get("/download/\(stored.session)/\(stored.files[1])").status == 404)
            #expect(try await server.get("/download/\(stored.session)/\(stored.files[0])").text == "one")
            #expect(try await server.list(stored.session, "?current=true").map { $0["filename"]?.string } == ["b"])
        }
    }

    @Test("A deletion that meets other writers tries again, but not for ever")
    func busyDeletion() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("a", "x")])
            await server.house.refuse(1000)
            #expect(try await server.delete("/files/\(stored.session)/\(stored.files[0])").status == 503)
            await server.house.refuse(5)
            #expect(try await server.delete("/files/\(stored.session)/\(stored.files[0])").status == 200)
        }
    }

    @Test("An admin may read and delete anywhere")
    func admin() async throws {
        try await FilesServer.run { server in
            let stored = try await server.store([.file("a", "x")])
            #expect(try await server.list(stored.session, key: FilesServer.masterKey).count == 1)
            #expect(
                try await server.delete("/files/\(stored.session)/\(stored.files[0])", key: FilesServer.masterKey)
                    .status == 200)
        }
    }
}
