import Foundation

/// An HTTP client with every byte under the test's control: one request, then the connection ends.
struct RawClient: Sendable {
    let port: Int

    struct Answer: Sendable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    struct Broken: Error {
        let what: String
    }

    /// Sends a request and reads until the server closes.
    func send(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8] = []
    ) async throws -> Answer {
        var headers = headers
        if !body.isEmpty || method == "POST" {
            headers["Content-Length"] = headers["Content-Length"] ?? String(body.count)
        }
        let bytes = Self.head(method, path, headers) + body
        return try await onThread { socket in
            try socket.write(bytes)
            return try Self.parse(socket.readToEnd())
        }
    }

    /// Sends the beginning of a request and hangs up.
    func abandon(_ method: String, _ path: String, _ headers: [String: String], partOfBody: [UInt8]) async throws {
        let bytes = Self.head(method, path, headers) + partOfBody
        try await onThread { socket in try socket.write(bytes) }
    }

    static func head(_ method: String, _ path: String, _ headers: [String: String]) -> [UInt8] {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    /// Runs blocking code on a thread of its own, never on the pool that the server runs on.
    func onThread<Value: Sendable>(_ work: @escaping @Sendable (borrowing RawSocket) throws -> Value) async throws
        -> Value
    {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { [port] in
                continuation.resume(with: Result { try work(try RawSocket(port: port)) })
            }
        }
    }

    static func parse(_ bytes: [UInt8]) throws -> Answer {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw Broken(what: "no head in \(bytes.count) bytes")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { throw Broken(what: lines[0]) }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return Answer(status: status, headers: headers, body: Array(bytes[end.upperBound...]))
    }
}

/// A blocking connection to the server under test.
struct RawSocket: ~Copyable {
    private let descriptor: Int32

    init(port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw RawClient.Broken(what: "connect: errno \(errno)")
        }
        // Last: a throw before it must not run `deinit`, which would close the number of somebody else's file.
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw RawClient.Broken(what: "send: errno \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    /// The next bytes, none at the end.
    func read(_ most: Int = 1 << 16) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: most)
        let count = recv(descriptor, &bytes, most, 0)
        guard count >= 0 else { throw RawClient.Broken(what: "recv: errno \(errno)") }
        return Array(bytes[..<count])
    }

    func readToEnd() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let bytes = try read()
            if bytes.isEmpty { return all }
            all += bytes
        }
    }
}
