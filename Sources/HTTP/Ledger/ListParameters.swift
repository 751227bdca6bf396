import Events
import Hummingbird
import HummingbirdCore

/// The query parameters that lists share (CONTRACT section 0). Unknown ones are ignored.
struct ListParameters {
    private let parameters: [String: String]

    init(_ request: Request) {
        parameters = Dictionary(
            request.uri.queryParameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { $1 })
    }

    /// A parameter's text; nil when it is absent or empty.
    func text(_ name: String) -> String? { parameters[name]?.nonEmpty }

    /// A whole number, brought into its range.
    ///
    /// - Throws: 400 when it is no number.
    func integer(_ name: String, default standard: Int64, in range: ClosedRange<Int64>) throws -> Int64 {
        guard let text = text(name) else { return standard }
        guard let value = Int64(text) else { throw APIError.invalid("'\(name)' must be a whole number", field: name) }
        return min(max(value, range.lowerBound), range.upperBound)
    }

    /// A time with or without milliseconds, in UTC.
    func time(_ name: String) throws -> Timestamp? {
        guard let text = text(name) else { return nil }
        let whole = text.utf8.count == 20 && text.hasSuffix("Z") ? text.dropLast() + ".000Z" : text
        guard let time = Timestamp(whole) else {
            throw APIError.invalid("'\(name)' must be a time like 2026-09-01T10:00:00.000Z", field: name)
        }
        return time
    }

    /// `limit` of a list: 50 unless told, at most 200.
    func limit() throws -> Int { Int(try integer("limit", default: 50, in: 1...200)) }

    /// The position a cursor stands for: only what is before it is listed.
    func cursor() throws -> Int64? {
        guard let text = text("cursor") else { return nil }
        guard let position = Self.position(of: text) else {
            throw APIError.invalid("The cursor is not one of this list's", field: "cursor")
        }
        return position
    }

    /// An opaque cursor for a position.
    static func cursor(_ position: Int64) -> String {
        withUnsafeBytes(of: position.bigEndian) { "p" + Array($0).hex }
    }

    private static func position(of cursor: String) -> Int64? {
        guard cursor.utf8.count == 17, cursor.hasPrefix("p") else { return nil }
        return UInt64(cursor.dropFirst(), radix: 16).flatMap { Int64(exactly: $0) }
    }

    /// A page of a list: one more than `limit` was asked for, to know whether more follow.
    static func page<Item>(
        _ items: [Item], limit: Int, position: (Item) -> Int64, json: (Item) -> JSONValue
    ) -> JSONValue {
        let shown = items.prefix(limit)
        let next = items.count > limit ? shown.last.map { cursor(position($0)) } : nil
        return ["data": .array(shown.map(json)), "next_cursor": .string(orNull: next)]
    }
}
