import Events
import Foundation
import Logging
import Projections

@testable import HTTP

/// A server on a free port with everything behind it in memory, for the length of a test.
struct FilesServer: Sendable {
    static let key = "sk-files-test-key-of-the-owner"
    static let strangerKey = "sk-files-test-key-of-a-stranger"
    static let masterKey = "sk-files-test-key-of-the-master"

    let client: RawClient
    let house: MemoryHouse
    let blobs: MemoryBlobs

    static func run<Value: Sendable>(
        limits: HTTPConfiguration.Limits = .init(), _ test: @Sendable (FilesServer) async throws -> Value
    ) async throws -> Value {
        var configuration = HTTPConfiguration()
        configuration.port = try freePort()
        configuration.apiKeys = [key, strangerKey]
        configuration.masterKey = masterKey
        configuration.limits = limits
        let blobs = MemoryBlobs()
        let house = MemoryHouse(blobs: blobs)
        let dependencies = HTTPDependencies(
            log: house, blobs: blobs, sessions: house, ledger: house, accounts: MemoryAccounts(),
            idempotency: MemoryIdempotency(), claims: EagerClaims(), languages: [],
            readiness: [],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let server = HTTPServer(configuration: configuration, dependencies: dependencies)
        let running = Task { try await server.run() }
        defer { running.cancel() }
        let files = FilesServer(client: RawClient(port: configuration.port), house: house, blobs: blobs)
        try await files.waitUntilListening()
        return try await test(files)
    }

    /// Uploads a form and returns the answer.
    func upload(_ parts: [Form.Part], key: String = key, path: String = "/upload", headers: [String: String] = [:])
        async throws -> RawClient.Answer
    {
        var all = ["X-API-Key": key, "Content-Type": "multipart/form-data; boundary=b"]
        all.merge(headers) { $1 }
        return try await client.send("POST", path, all, body: Form.bytes(parts))
    }

    /// Uploads a form that must be taken; returns session and file ids.
    func store(_ parts: [Form.Part], key: String = key) async throws -> (session: String, files: [String]) {
        let body = try await json(upload(parts, key: key))
        let files = body["files"]?.array?.compactMap { $0["fileId"]?.string } ?? []
        return (body["session_id"]?.string ?? "", files)
    }

    func get(_ path: String, key: String = key, headers: [String: String] = [:], method: String = "GET") async throws
        -> RawClient.Answer
    {
        try await client.send(method, path, headers.merging(["X-API-Key": key]) { $1 })
    }

    func delete(_ path: String, key: String = key) async throws -> RawClient.Answer {
        try await get(path, key: key, method: "DELETE")
    }

    func list(_ session: String, _ query: String = "", key: String = key) async throws -> [JSONValue] {
        try await json(get("/files/\(session)\(query)", key: key)).array ?? []
    }

    /// The JSON of an answer that must be 200.
    func json(_ answer: RawClient.Answer) throws -> JSONValue {
        guard answer.status == 200 else { throw RawClient.Broken(what: "\(answer.status): \(answer.text)") }
        return try JSONParser.parse(answer.body)
    }

    private func waitUntilListening() async throws {
        for _ in 0..<500 {
            if (try? await client.onThread { _ in true }) == true { return }
            await Task.yield()
        }
        throw RawClient.Broken(what: "the server does not listen")
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard result == 0 else { throw RawClient.Broken(what: "bind: errno \(errno)") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
