import Events
import Testing

@testable import HTTP

@Suite("POST /upload, all or nothing")
struct UploadRefusalTests {
    @Test(
        "A request that is no form, or a broken one, is a 400 and leaves nothing",
        arguments: [
            ("application/json", "{}"), ("multipart/form-data", "x"), ("multipart/form-data; boundary=b", ""),
            ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; filename=a\r\n\r\nabc\r\n--b"),
            ("multipart/form-data; boundary=b", "--other\r\n\r\nabc\r\n--other--\r\n"),
        ])
    func broken(contentType: String, body: String) async throws {
        try await FilesServer.run { server in
            let answer = try await server.client.send(
                "POST", "/upload", ["X-API-Key": FilesServer.key, "Content-Type": contentType], body: Array(body.utf8))
            #expect(answer.status == 400, "\(answer.text)")
            #expect(try JSONParser.parse(answer.body)["error_type"]?.string == "validation")
            try await expectNothing(server)
        }
    }

    @Test(
        "An unsafe name fails the whole upload with 400, naming the field",
        arguments: [
            "", "..", "../a", "a/../../b", String(repeating: "x", count: 256),
        ])
    func unsafeName(name: String) async throws {
        try await FilesServer.run { server in
            let answer = try await server.upload([.file("good", "x"), .file(name, "y")])
            #expect(answer.status == 400)
            #expect(try JSONParser.parse(answer.body)["details"]?.array?.first?["field"]?.string == "file")
            try await expectNothing(server)
        }
    }

    @Test("A form without a file is a 422; a file part without a file name is a field")
    func noFile() async throws {
        try await FilesServer.run { server in
            #expect(try await server.upload([.field("entity_id", "a")]).status == 422)
            #expect(try await server.upload([.field("file", "text")]).status == 422)
            #expect(try await server.upload([]).status == 422)
            try await expectNothing(server)
        }
    }

    @Test("A file over the limit is a 413, one of exactly the limit is taken")
    func tooLarge() async throws {
        var limits = HTTPConfiguration.Limits()
        limits.maxFileBytes = 100_000
        try await FilesServer.run(limits: limits) { server in
            let most = String(repeating: "x", count: 100_000)
            let answer = try await server.upload([.file("a", most + "x")])
            #expect(answer.status == 413, "\(answer.text)")
            #expect(try await server.upload([.file("good", "x"), .file("a", most + "x")]).status == 413)
            try await expectNothing(server)
            #expect(try await server.upload([.file("a", most)]).status == 200)
        }
    }

    @Test("Too many files, and a form announced as too long, are a 413")
    func tooMany() async throws {
        var limits = HTTPConfiguration.Limits()
        limits.maxFilesPerUpload = 3
        limits.maxFileBytes = 1000
        try await FilesServer.run(limits: limits) { server in
            let files = (0..<4).map { Form.Part.file("f\($0)", "x") }
            #expect(try await server.upload(files).status == 413)
            let announced = try await server.client.send(
                "POST", "/upload",
                [
                    "X-API-Key": FilesServer.key, "Content-Type": "multipart/form-data; boundary=b",
                    "Content-Length": "1000000000",
                ])
            #expect(announced.status == 413)
            try await expectNothing(server)
            #expect(try await server.upload(Array(files.dropLast())).status == 200)
        }
    }

    @Test("A client that hangs up midway leaves nothing")
    func aborted() async throws {
        try await FilesServer.run { server in
            let body = Form.bytes([.file("a", String(repeating: "x", count: 600_000))])
            try await server.client.abandon(
                "POST", "/upload",
                [
                    "X-API-Key": FilesServer.key, "Content-Type": "multipart/form-data; boundary=b",
                    "Content-Length": String(body.count),
                ], partOfBody: Array(body.dropLast(1000)))
            // Writes came, then went.
            while server.blobs.writes.isEmpty || server.blobs.orphans > 0 { await Task.yield() }
            try await expectNothing(server)
        }
    }

    @Test("A client that stalls midway gets a 408 and leaves nothing")
    func stalled() async throws {
        var limits = HTTPConfiguration.Limits()
        limits.requestBodyTimeout = .milliseconds(200)
        try await FilesServer.run(limits: limits) { server in
            let body = Form.bytes([.file("a", String(repeating: "x", count: 600_000))])
            let answer = try await server.client.send(
                "POST", "/upload",
                [
                    "X-API-Key": FilesServer.key, "Content-Type": "multipart/form-data; boundary=b",
                    "Content-Length": String(body.count),
                ], body: Array(body.dropLast(1000)))
            #expect(answer.status == 408, "\(answer.text)")
            try await expectNothing(server)
        }
    }

    @Test("When storage fails the upload fails, and a store that recovers holds nothing of it")
    func storageFails() async throws {
        try await FilesServer.run { server in
            server.blobs.fail(LogError(.unavailable, "down"))
            let answer = try await server.upload([.file("a", String(repeating: "x", count: 600_000))])
            #expect(answer.status == 503, "\(answer.text)")
            try await expectNothing(server)
        }
    }

    @Test("When the log gives no verdict nothing is dropped: the append may have been taken")
    func logFails() async throws {
        try await FilesServer.run { server in
            await server.house.goDown()
            let answer = try await server.upload([.file("a", String(repeating: "x", count: 600_000))])
            #expect(answer.status == 503)
            #expect(server.blobs.orphans == 1)
        }
    }

    private func expectNothing(_ server: FilesServer) async throws {
        #expect(await server.house.all.isEmpty)
        #expect((server.blobs.adopted, server.blobs.orphans) == (0, 0))
    }
}
