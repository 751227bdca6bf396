extension Array: SQLDecodable where Element: SQLDecodable {
    /// Reads an array with one dimension or none; `[UInt8]` reads a `bytea`.
    public init(decoding cell: SQLCell) throws {
        self = try Element.decodeArray(cell)
    }
}

extension UInt8: SQLDecodable {
    /// There is no unsigned byte in PostgreSQL: only `[UInt8]` has a meaning.
    public init(decoding cell: SQLCell) throws {
        throw SQLMismatch(reason: "PostgreSQL has no unsigned byte")
    }

    /// Reads a `bytea`.
    public static func decodeArray(_ cell: SQLCell) throws -> [UInt8] {
        guard cell.type == PostgresType.bytea else { throw cell.wrongType }
        return [UInt8](try cell.value())
    }
}

extension SQLDecodable {
    /// Reads an array with one dimension or none.
    public static func decodeArray(_ cell: SQLCell) throws -> [Self] {
        var reader = BinaryReader(try cell.value())
        let dimensions = try reader.readInt32()
        _ = try reader.readInt32()
        let elementType = UInt32(bitPattern: try reader.readInt32())
        guard dimensions != 0 else { return [] }
        guard dimensions == 1 else { throw SQLMismatch(reason: "it is an array of \(dimensions) dimensions") }
        let count = Int(try reader.readInt32())
        _ = try reader.readInt32()
        guard count >= 0 else { throw SQLMismatch(reason: "it is not an array") }
        var values: [Self] = []
        values.reserveCapacity(min(count, reader.remaining / 4))
        for _ in 0..<count {
            let length = try reader.readInt32()
            let bytes = length < 0 ? nil : try reader.readBytes(Int(length))
            values.append(try Self(decoding: SQLCell(bytes: bytes, type: elementType)))
        }
        return values
    }
}

/// Reads big-endian values one after the other and never past the end.
private struct BinaryReader {
    private var bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var remaining: Int { bytes.count }

    mutating func readInt32() throws -> Int32 {
        Int32(bigEndian: try readBytes(4).loadUnaligned(as: Int32.self))
    }

    mutating func readBytes(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count <= bytes.count else { throw SQLMismatch(reason: "it is not an array") }
        defer { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(count)) }
        return UnsafeRawBufferPointer(rebasing: bytes.prefix(count))
    }
}
