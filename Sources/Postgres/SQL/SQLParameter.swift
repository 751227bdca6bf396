public import FoundationEssentials

/// One parameter of a query, sent in binary with its type, so that the server never guesses.
///
/// The type is part of the prepared statement: the same SQL with `.int4` and with `.int8` is two statements.
public enum SQLParameter: Sendable, Hashable {
    /// NULL, of the type that the server infers from the SQL.
    case null
    /// `boolean`
    case bool(Bool)
    /// `integer`
    case int4(Int32)
    /// `bigint`
    case int8(Int64)
    /// `double precision`
    case float8(Double)
    /// `text`. The server refuses a NUL character (SQLSTATE 22021).
    case text(String)
    /// `bytea`
    case bytes([UInt8])
    /// `uuid`
    case uuid(UUID)
    /// `timestamptz`, in microseconds since the Unix epoch.
    case timestamp(Int64)
    /// `boolean[]`
    case boolArray([Bool?])
    /// `integer[]`
    case int4Array([Int32?])
    /// `bigint[]`
    case int8Array([Int64?])
    /// `text[]`
    case textArray([String?])
    /// `bytea[]`
    case bytesArray([[UInt8]?])
    /// `uuid[]`
    case uuidArray([UUID?])
}
