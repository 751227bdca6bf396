public import FoundationEssentials

extension Bool: SQLDecodable {
    /// Reads a `boolean`.
    public init(decoding cell: SQLCell) throws {
        guard cell.type == PostgresType.bool else { throw cell.wrongType }
        self = try cell.integer(UInt8.self) != 0
    }
}

extension Int32: SQLDecodable {
    /// Reads an `integer` or a `smallint`.
    public init(decoding cell: SQLCell) throws {
        switch cell.type {
        case PostgresType.int4: self = try cell.integer(Int32.self)
        case PostgresType.int2: self = Int32(try cell.integer(Int16.self))
        default: throw cell.wrongType
        }
    }
}

extension Int64: SQLDecodable {
    /// Reads a whole number of any width, or a `timestamptz` as microseconds since the Unix epoch.
    public init(decoding cell: SQLCell) throws {
        switch cell.type {
        case PostgresType.int8: self = try cell.integer(Int64.self)
        case PostgresType.int4: self = Int64(try cell.integer(Int32.self))
        case PostgresType.int2: self = Int64(try cell.integer(Int16.self))
        case PostgresType.oid: self = Int64(try cell.integer(UInt32.self))
        case PostgresType.timestamptz, PostgresType.timestamp:
            let (value, overflow) = try cell.integer(Int64.self).addingReportingOverflow(PostgresType.epochOffset)
            guard !overflow else { throw SQLMismatch(reason: "it is infinite") }
            self = value
        default: throw cell.wrongType
        }
    }
}

extension Double: SQLDecodable {
    /// Reads a `double precision` or a `real`.
    public init(decoding cell: SQLCell) throws {
        switch cell.type {
        case PostgresType.float8: self = Double(bitPattern: try cell.integer(UInt64.self))
        case PostgresType.float4: self = Double(Float(bitPattern: try cell.integer(UInt32.self)))
        default: throw cell.wrongType
        }
    }
}

extension String: SQLDecodable {
    /// Reads `text` and its kin, `json`, `jsonb`, and the label of an enum.
    public init(decoding cell: SQLCell) throws {
        var bytes = try cell.value()
        switch cell.type {
        case PostgresType.bool, PostgresType.bytea, PostgresType.int2, PostgresType.int4, PostgresType.int8,
            PostgresType.oid, PostgresType.float4, PostgresType.float8, PostgresType.timestamp,
            PostgresType.timestamptz, PostgresType.uuid:
            throw cell.wrongType
        case PostgresType.jsonb:
            // One byte of version before the text.
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        default: break
        }
        self = String(decoding: bytes, as: UTF8.self)
    }
}

extension UUID: SQLDecodable {
    /// Reads a `uuid`.
    public init(decoding cell: SQLCell) throws {
        guard cell.type == PostgresType.uuid else { throw cell.wrongType }
        let bytes = try cell.value()
        guard bytes.count == MemoryLayout<uuid_t>.size else {
            throw SQLMismatch(reason: "it has \(bytes.count) bytes")
        }
        self.init(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
    /// Reads NULL as nil.
    public init(decoding cell: SQLCell) throws {
        self = cell.bytes == nil ? nil : try Wrapped(decoding: cell)
    }
}
