import FoundationEssentials

/// The binary wire format of each parameter type (PostgreSQL: `src/backend/utils/adt/*recv`).
extension SQLParameter {
    var type: UInt32 {
        switch self {
        case .null: PostgresType.unspecified
        case .bool: PostgresType.bool
        case .int4: PostgresType.int4
        case .int8: PostgresType.int8
        case .float8: PostgresType.float8
        case .text: PostgresType.text
        case .bytes: PostgresType.bytea
        case .uuid: PostgresType.uuid
        case .timestamp: PostgresType.timestamptz
        case .boolArray: PostgresType.boolArray
        case .int4Array: PostgresType.int4Array
        case .int8Array: PostgresType.int8Array
        case .textArray: PostgresType.textArray
        case .bytesArray: PostgresType.byteaArray
        case .uuidArray: PostgresType.uuidArray
        }
    }

    /// In bytes; nil for NULL.
    var encodedSize: Int? {
        switch self {
        case .null: nil
        case .bool: 1
        case .int4: 4
        case .int8, .float8, .timestamp: 8
        case .uuid: 16
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        case .boolArray(let values): arraySize(values) { _ in 1 }
        case .int4Array(let values): arraySize(values) { _ in 4 }
        case .int8Array(let values): arraySize(values) { _ in 8 }
        case .uuidArray(let values): arraySize(values) { _ in 16 }
        case .textArray(let values): arraySize(values) { $0.utf8.count }
        case .bytesArray(let values): arraySize(values) { $0.count }
        }
    }

    func encode(into writer: inout BinaryWriter) {
        switch self {
        case .null: break
        case .bool(let value): writer.write(UInt8(value ? 1 : 0))
        case .int4(let value): writer.write(value)
        case .int8(let value): writer.write(value)
        case .float8(let value): writer.write(value.bitPattern)
        case .text(let value): writer.write(value)
        case .bytes(let value): writer.write(value)
        case .uuid(let value): writer.write(value)
        case .timestamp(let value): writer.write(value &- PostgresType.epochOffset)
        case .boolArray(let values):
            writer.writeArray(values, of: PostgresType.bool, size: { _ in 1 }) { $0.write(UInt8($1 ? 1 : 0)) }
        case .int4Array(let values):
            writer.writeArray(values, of: PostgresType.int4, size: { _ in 4 }) { $0.write($1) }
        case .int8Array(let values):
            writer.writeArray(values, of: PostgresType.int8, size: { _ in 8 }) { $0.write($1) }
        case .uuidArray(let values):
            writer.writeArray(values, of: PostgresType.uuid, size: { _ in 16 }) { $0.write($1) }
        case .textArray(let values):
            writer.writeArray(values, of: PostgresType.text, size: { $0.utf8.count }) { $0.write($1) }
        case .bytesArray(let values):
            writer.writeArray(values, of: PostgresType.bytea, size: { $0.count }) { $0.write($1) }
        }
    }
}

/// Dimensions, null flag, element type, length and lower bound; an empty array has no dimension.
private let arrayHeaderSize = 20
private let emptyArraySize = 12

private func arraySize<Element>(_ values: [Element?], _ size: (Element) -> Int) -> Int {
    guard !values.isEmpty else { return emptyArraySize }
    var total = arrayHeaderSize
    for value in values {
        total += 4
        if let value { total += size(value) }
    }
    return total
}

extension BinaryWriter {
    mutating func write(_ value: UUID) {
        withUnsafeBytes(of: value.uuid) { write($0) }
    }

    fileprivate mutating func writeArray<Element>(
        _ values: [Element?],
        of type: UInt32,
        size: (Element) -> Int,
        _ element: (inout BinaryWriter, Element) -> Void
    ) {
        write(Int32(values.isEmpty ? 0 : 1))
        write(Int32(values.contains { $0 == nil } ? 1 : 0))
        write(type)
        guard !values.isEmpty else { return }
        write(Int32(clamping: values.count))
        write(Int32(1))
        for value in values {
            guard let value else {
                write(Int32(-1))
                continue
            }
            write(Int32(clamping: size(value)))
            element(&self, value)
        }
    }
}
