import CLibpq

/// What a query gave back. Rows are decoded when they are read, straight from libpq's memory.
public struct SQLResult: Sendable {
    let storage: Storage

    /// The columns are the same for each row, so they are read once.
    final class Storage: Sendable {
        struct Column: Sendable {
            var name: String
            var type: UInt32
        }

        let handle: ResultHandle
        let columns: [Column]

        init(_ handle: ResultHandle) {
            self.handle = handle
            columns = (0..<PQnfields(handle.pointer)).map { index in
                Column(
                    name: PQfname(handle.pointer, index).map { String(cString: $0) } ?? "",
                    type: PQftype(handle.pointer, index))
            }
        }
    }

    init(_ handle: ResultHandle) { storage = Storage(handle) }

    /// The rows in the server's order. Random access, nothing is copied.
    public var rows: SQLRows { SQLRows(storage: storage) }

    /// How many rows the statement inserted, updated, deleted or returned.
    public var rowsAffected: Int {
        PQcmdTuples(storage.handle.pointer).flatMap { Int(String(cString: $0)) } ?? 0
    }
}

/// The rows of a result.
public struct SQLRows: RandomAccessCollection, Sendable {
    let storage: SQLResult.Storage

    /// Always 0.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { Int(PQntuples(storage.handle.pointer)) }

    /// The row at `position`, counted from 0.
    public subscript(position: Int) -> SQLRow {
        precondition(indices.contains(position), "There is no row \(position) in a result of \(count) rows")
        return SQLRow(storage: storage, index: Int32(position))
    }
}
