/// A type that can be read from a column in PostgreSQL's binary format.
///
/// This module conforms `Bool`, `Int32`, `Int64`, `Double`, `String`, `UUID`, `[UInt8]` (`bytea`), arrays of these
/// and optionals of all.
public protocol SQLDecodable: Sendable {
    /// Reads one value.
    init(decoding cell: SQLCell) throws

    /// Reads an array of this type. A requirement only so that `[UInt8]` can mean `bytea`; do not implement it.
    static func decodeArray(_ cell: SQLCell) throws -> [Self]
}

/// The bytes of one value, valid only during ``SQLDecodable/init(decoding:)``.
public struct SQLCell {
    /// nil for NULL.
    let bytes: UnsafeRawBufferPointer?
    /// The number of the value's type.
    let type: UInt32
}

/// Why a value did not fit; ``SQLRow`` adds the name of the column.
struct SQLMismatch: Error {
    var reason: String
}

extension SQLCell {
    /// The bytes of a value that must not be NULL.
    func value() throws -> UnsafeRawBufferPointer {
        guard let bytes else { throw SQLMismatch(reason: "it is NULL") }
        return bytes
    }

    /// The value as an integer of its exact width.
    func integer<Integer: FixedWidthInteger & BitwiseCopyable>(_: Integer.Type) throws -> Integer {
        let bytes = try value()
        guard bytes.count == MemoryLayout<Integer>.size else {
            throw SQLMismatch(reason: "it has \(bytes.count) bytes")
        }
        return Integer(bigEndian: bytes.loadUnaligned(as: Integer.self))
    }

    var wrongType: SQLMismatch { SQLMismatch(reason: "it is of the type with number \(type)") }
}
