import CLibpq

/// One row of a result; keeps the whole result in memory.
public struct SQLRow: Sendable {
    let storage: SQLResult.Storage
    let index: Int32

    /// Reads the column at `column`, counted from 0.
    ///
    /// NULL needs an optional type. A `timestamptz` reads as `Int64`: microseconds since the Unix epoch.
    /// - Throws: ``PostgresError`` with code `decoding` that names the column.
    public func decode<Value: SQLDecodable>(_ column: Int, as type: Value.Type = Value.self) throws -> Value {
        guard storage.columns.indices.contains(column) else {
            throw PostgresError(.decoding, "There is no column \(column): the row has \(storage.columns.count)")
        }
        do {
            return try Value(decoding: cell(column))
        } catch let mismatch as SQLMismatch {
            let name = storage.columns[column].name
            throw PostgresError(.decoding, "Column \(name) cannot be read as \(Value.self): \(mismatch.reason)")
        }
    }

    /// Reads the first column called `name`, spelled exactly as the server spells it.
    ///
    /// - Throws: ``PostgresError`` with code `decoding` that names the column.
    public func decode<Value: SQLDecodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        // Rows have few columns: comparing short strings beats hashing one.
        guard let column = storage.columns.firstIndex(where: { $0.name == name }) else {
            let names = storage.columns.map(\.name).joined(separator: ", ")
            throw PostgresError(.decoding, "There is no column \(name): the row has \(names)")
        }
        return try decode(column)
    }

    private func cell(_ column: Int) -> SQLCell {
        let result = storage.handle.pointer
        let column32 = Int32(column)
        let type = storage.columns[column].type
        guard PQgetisnull(result, index, column32) == 0 else { return SQLCell(bytes: nil, type: type) }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, index, column32), count: Int(PQgetlength(result, index, column32)))
        return SQLCell(bytes: bytes, type: type)
    }
}
