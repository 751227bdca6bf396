import CLibpq

extension EncodedQuery {
    /// Parse and run without a name. Returns 0 if libpq refused.
    func send(_ connection: OpaquePointer) -> Int32 {
        withPointers { values in
            PQsendQueryParams(
                connection, statement.sql, Int32(lengths.count), statement.types, values, lengths,
                Self.binaryFormats(lengths.count), 1)
        }
    }

    /// Run the prepared statement `name`. Returns 0 if libpq refused.
    func send(_ connection: OpaquePointer, prepared name: String) -> Int32 {
        withPointers { values in
            PQsendQueryPrepared(
                connection, name, Int32(lengths.count), values, lengths, Self.binaryFormats(lengths.count), 1)
        }
    }

    /// Parse the text under `name`. Returns 0 if libpq refused.
    func sendPrepare(_ connection: OpaquePointer, name: String) -> Int32 {
        PQsendPrepare(connection, name, statement.sql, Int32(statement.types.count), statement.types)
    }

    private func withPointers(_ body: ([UnsafePointer<CChar>?]) -> Int32) -> Int32 {
        buffer.withUnsafeBufferPointer { buffer in
            let start = UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
            return body(offsets.map { offset in offset < 0 ? nil : start.map { $0 + offset } })
        }
    }

    private static let shortFormats = [Int32](repeating: 1, count: 32)

    private static func binaryFormats(_ count: Int) -> [Int32] {
        count <= shortFormats.count ? shortFormats : [Int32](repeating: 1, count: count)
    }
}
