import Foundation
import Postgres
import Testing

@Suite("Parameters and results")
struct ParameterTests {
    private func echo<Value: SQLDecodable>(_ type: String, _ parameter: SQLParameter, as: Value.Type) async throws
        -> Value
    {
        let connection = try await sharedConnection()
        return try await connection.value("select $1::\(type)", parameter)
    }

    @Test("Whole numbers come back as they went", arguments: [0, 1, -1, .max, .min, 0x0102_0304_0506_0708] as [Int64])
    func int8(value: Int64) async throws {
        #expect(try await echo("bigint", .int8(value), as: Int64.self) == value)
    }

    @Test("Small whole numbers come back as they went", arguments: [0, -1, .max, .min] as [Int32])
    func int4(value: Int32) async throws {
        #expect(try await echo("integer", .int4(value), as: Int32.self) == value)
        #expect(try await echo("integer", .int4(value), as: Int64.self) == Int64(value))
    }

    @Test(
        "Floating point numbers come back bit by bit",
        arguments: [0, -0.0, 1.5, .pi, .infinity, .leastNonzeroMagnitude])
    func float8(value: Double) async throws {
        #expect(try await echo("float8", .float8(value), as: Double.self).bitPattern == value.bitPattern)
    }

    @Test("Truth values come back as they went", arguments: [true, false])
    func bool(value: Bool) async throws {
        #expect(try await echo("bool", .bool(value), as: Bool.self) == value)
    }

    @Test("Text comes back as it went", arguments: ["", "a", "ü€𝄞", "'; drop table x; --", "line\nline\t\u{1}"])
    func text(value: String) async throws {
        #expect(try await echo("text", .text(value), as: String.self) == value)
    }

    @Test("A NUL character in text is refused by the server")
    func textWithNUL() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await echo("text", .text("a\0b"), as: String.self)
        }
        #expect(error?.sqlState == "22021")
    }

    @Test(
        "Bytes come back as they went, NUL included", arguments: [[], [0], [0, 255, 0], Array(0...255)] as [[UInt8]])
    func bytes(value: [UInt8]) async throws {
        #expect(try await echo("bytea", .bytes(value), as: [UInt8].self) == value)
    }

    @Test("4 MiB go and come in one value")
    func largeBytes() async throws {
        let value = (0..<4 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        #expect(try await echo("bytea", .bytes(value), as: [UInt8].self) == value)
    }

    @Test("A UUID comes back as it went")
    func uuid() async throws {
        let value = UUID()
        #expect(try await echo("uuid", .uuid(value), as: UUID.self) == value)
        let connection = try await sharedConnection()
        #expect(try await connection.value("select $1::uuid::text", .uuid(value)) == value.uuidString.lowercased())
    }

    @Test("A time is microseconds since the Unix epoch", arguments: [0, 1, -1, 1_700_000_000_123_456] as [Int64])
    func timestamp(value: Int64) async throws {
        #expect(try await echo("timestamptz", .timestamp(value), as: Int64.self) == value)
        let connection = try await sharedConnection()
        let seen = try await connection.value(
            "select (extract(epoch from $1::timestamptz) * 1000000)::bigint", .timestamp(value), as: Int64.self)
        #expect(seen == value)
    }

    @Test("NULL reads as nil and as nothing else")
    func null() async throws {
        #expect(try await echo("bigint", .null, as: Int64?.self) == nil)
        let error = await #expect(throws: PostgresError.self) { try await echo("bigint", .null, as: Int64.self) }
        #expect(error?.code == .decoding)
    }

    @Test("Arrays of any length come back with their NULLs")
    func arrays() async throws {
        var random = SystemRandomNumberGenerator()
        for count in [0, 1, 2, 17, 500] {
            func some<T>(_ make: () -> T) -> [T?] {
                (0..<count).map { _ in Int.random(in: 0..<5, using: &random) == 0 ? nil : make() }
            }
            let int8s = some { Int64.random(in: .min ... .max) }
            let int4s = some { Int32.random(in: .min ... .max) }
            let bools = some { Bool.random() }
            let uuids = some { UUID() }
            let texts = some { String(repeating: "ü", count: Int.random(in: 0..<9)) }
            let bytes: [[UInt8]?] = some { (0..<Int.random(in: 0..<9)).map { UInt8($0) } }
            #expect(try await echo("int8[]", .int8Array(int8s), as: [Int64?].self) == int8s)
            #expect(try await echo("int4[]", .int4Array(int4s), as: [Int32?].self) == int4s)
            #expect(try await echo("bool[]", .boolArray(bools), as: [Bool?].self) == bools)
            #expect(try await echo("uuid[]", .uuidArray(uuids), as: [UUID?].self) == uuids)
            #expect(try await echo("text[]", .textArray(texts), as: [String?].self) == texts)
            #expect(try await echo("bytea[]", .bytesArray(bytes), as: [[UInt8]?].self) == bytes)
        }
    }

    @Test("A NULL inside an array needs an optional element")
    func nullInArray() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await echo("int8[]", .int8Array([1, nil]), as: [Int64].self)
        }
        #expect(error?.code == .decoding)
    }

    @Test("A mismatch names the column")
    func mismatch() async throws {
        let connection = try await sharedConnection()
        let row = try await connection.query(SQLQuery("select 1::bigint as position, 'x' as data")).rows[0]
        let error = #expect(throws: PostgresError.self) { try row.decode("position", as: String.self) }
        #expect(error?.message.contains("position") == true)
        #expect(throws: PostgresError.self) { try row.decode("data", as: Int64.self) }
        #expect(throws: PostgresError.self) { try row.decode("data", as: [Int64].self) }
        #expect(throws: PostgresError.self) { try row.decode("nowhere", as: Int64.self) }
        #expect(throws: PostgresError.self) { try row.decode(2, as: Int64.self) }
    }

    @Test("The server's own types read as text: jsonb, name, enum")
    func textKin() async throws {
        let connection = try await sharedConnection()
        #expect(try await connection.value("select '{\"a\": 1}'::jsonb") == "{\"a\": 1}")
        #expect(try await connection.value("select current_database()") == "test")
    }

    @Test("More parameters than the protocol can count are refused before anything is sent")
    func tooManyParameters() async throws {
        let connection = try await sharedConnection()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query(SQLQuery("select 1", Array(repeating: .int4(1), count: 65_536)))
        }
        #expect(error?.code == .configuration)
    }
}
