import Events
import Postgres

/// Turns rows into the array parameters of a function that takes one array per column.
extension Array {
    func texts(_ value: (Element) -> String?) -> SQLParameter { .textArray(map { value($0)?.withoutNUL }) }

    func integers(_ value: (Element) -> Int64?) -> SQLParameter { .int8Array(map(value)) }

    func times(_ value: (Element) -> Timestamp?) -> SQLParameter { .int8Array(map { value($0)?.milliseconds }) }

    func digests(_ value: (Element) -> Digest32?) -> SQLParameter { .bytesArray(map(value)) }

    func booleans(_ value: (Element) -> Bool) -> SQLParameter { .boolArray(map(value)) }
}

extension String {
    /// PostgreSQL's text cannot hold NUL, and JSON can. A label that has one must not stop the projector.
    var withoutNUL: String {
        guard utf8.contains(0) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }
}

extension SQLRow {
    /// A `timestamptz`; log times are whole milliseconds.
    func time(_ column: Int) throws -> Timestamp { try Timestamp(microseconds: decode(column)) }

    func optionalTime(_ column: Int) throws -> Timestamp? {
        try decode(column, as: Int64?.self).map(Timestamp.init(microseconds:))
    }

    /// The array in a column, empty when it is null: `array_agg` of no rows.
    func array<Value: SQLDecodable>(_ column: Int) throws -> [Value] { try decode(column, as: [Value]?.self) ?? [] }
}

extension Timestamp {
    init(microseconds: Int64) { self.init(milliseconds: microseconds / 1000) }
}
