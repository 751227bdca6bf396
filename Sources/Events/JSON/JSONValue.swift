/// A JSON value that keeps what the sender wrote: member order, and numbers as their literal text.
///
/// Members are an array, not a dictionary: Swift compares strings by canonical equivalence, so a dictionary
/// would merge keys that differ only in Unicode normalisation, and its order would change between runs.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The literal as written, e.g. `1`, `1.0`, `1e3`; always a valid JSON number.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])
}

/// One member of a JSON object.
public struct JSONMember: Sendable, Equatable {
    public var name: String
    public var value: JSONValue

    public init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

extension JSONValue {
    /// An integer as a JSON number.
    public static func int(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

    /// The string, or `null`.
    public static func string(orNull value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

    /// The integer, or `null`.
    public static func int(orNull value: (some BinaryInteger)?) -> JSONValue { value.map { .int($0) } ?? .null }

    /// The last member of that name (RFC 8259 leaves duplicates open; the last one wins here), or nil.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        // By bytes too: Swift's == alone takes U+212A KELVIN SIGN for K.
        return members.last { $0.name == name && $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The text of a string value, else nil.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value of a boolean, else nil.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The value of a number that is a whole number in the range of Int64, else nil. `1.0` counts as 1.
    public var int: Int64? {
        guard case .number(let literal) = self else { return nil }
        if let value = Int64(literal) { return value }
        return Double(literal).flatMap { Int64(exactly: $0) }
    }

    /// The value of a number, else nil.
    public var double: Double? {
        if case .number(let literal) = self { Double(literal) } else { nil }
    }

    /// The elements of an array, else nil.
    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members of an object, else nil.
    public var members: [JSONMember]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// True for `null`.
    public var isNull: Bool { self == .null }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral
{
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { JSONMember($0.0, $0.1) })
    }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(nilLiteral: ()) { self = .null }
}
