/// What a prepared statement is known by: the same text with other parameter types is another statement.
struct StatementKey: Hashable, Sendable {
    var sql: String
    var types: [UInt32]
}

/// A query in the form libpq wants, all parameters in one allocation.
///
/// Encoding happens on the caller's thread: the reactor only hands over pointers.
struct EncodedQuery: Sendable {
    let statement: StatementKey
    /// Where each parameter begins in ``buffer``; -1 for NULL.
    let offsets: [Int]
    let lengths: [Int32]
    let buffer: [UInt8]

    /// libpq counts parameters with 16 bits, the protocol counts a message with 31.
    private static let maximumParameters = 65_535
    private static let maximumBytes = 1 << 30

    init(_ query: SQLQuery) throws {
        let parameters = query.parameters
        guard parameters.count <= Self.maximumParameters else {
            throw PostgresError(.configuration, "A query has \(parameters.count) parameters, the limit is 65,535")
        }
        var offsets: [Int] = []
        var lengths: [Int32] = []
        offsets.reserveCapacity(parameters.count)
        lengths.reserveCapacity(parameters.count)
        var total = 0
        for parameter in parameters {
            let size = parameter.encodedSize
            if let size {
                offsets.append(total)
                // An Int32 cannot overflow silently here: the check below refuses the query as a whole.
                lengths.append(Int32(clamping: size))
                total += size
            } else {
                offsets.append(-1)
                lengths.append(0)
            }
        }
        guard total < Self.maximumBytes else {
            throw PostgresError(.configuration, "The parameters of a query have \(total) bytes, the limit is 1 GiB")
        }
        statement = StatementKey(sql: query.sql, types: parameters.map(\.type))
        self.offsets = offsets
        self.lengths = lengths
        // One byte more, so that an empty value at the end still has an address: libpq reads nil as NULL.
        buffer = [UInt8](unsafeUninitializedCapacity: total + 1) { buffer, count in
            if let start = buffer.baseAddress {
                var writer = BinaryWriter(UnsafeMutableRawPointer(start))
                for parameter in parameters { parameter.encode(into: &writer) }
                writer.write(UInt8(0))
                count = total + 1
            }
        }
    }
}

/// Writes big-endian values one after the other into memory that the caller has measured.
struct BinaryWriter {
    private var position: UnsafeMutableRawPointer

    init(_ start: UnsafeMutableRawPointer) { position = start }

    mutating func write<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        position.storeBytes(of: value.bigEndian, as: Value.self)
        position += MemoryLayout<Value>.size
    }

    mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0) }
    }

    mutating func write(_ text: String) {
        let utf8 = text.utf8
        let isDone: Void? = utf8.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0)) }
        if isDone == nil {
            for byte in utf8 { write(byte) }
        }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        position.copyMemory(from: source, byteCount: bytes.count)
        position += bytes.count
    }
}
