/// Serialises JSON values as UTF-8 bytes: compact in the written order, or canonical (RFC 8785, JCS).
public enum JSONWriter {
    /// Compact JSON in member order, numbers as written.
    public static func compact(_ value: JSONValue) -> [UInt8] {
        var out: [UInt8] = []
        write(value, canonical: false, into: &out)
        return out
    }

    /// The canonical form of RFC 8785: members sorted by UTF-16 code units, numbers as ECMAScript prints them.
    /// Commitments and hashes are taken over this form.
    public static func canonical(_ value: JSONValue) -> [UInt8] {
        var out: [UInt8] = []
        write(value, canonical: true, into: &out)
        return out
    }

    private static func write(_ value: JSONValue, canonical: Bool, into out: inout [UInt8]) {
        switch value {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
        case .number(let literal):
            out.append(contentsOf: canonical ? canonicalNumber(literal).utf8 : literal.utf8)
        case .string(let text): writeString(text, into: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                write(element, canonical: canonical, into: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in (canonical ? sorted(members) : members).enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                writeString(member.name, into: &out)
                out.append(UInt8(ascii: ":"))
                write(member.value, canonical: canonical, into: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// Sorted by UTF-16 code units, as RFC 8785 section 3.2.3 demands; Swift's own order differs beyond the BMP.
    private static func sorted(_ members: [JSONMember]) -> [JSONMember] {
        var alreadySorted = true
        for index in members.indices.dropFirst() where !precedes(members[index - 1].name, members[index].name) {
            alreadySorted = false
            break
        }
        return alreadySorted ? members : members.sorted { precedes($0.name, $1.name) }
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf16.lexicographicallyPrecedes(right.utf16)
    }

    /// Appends a quoted string with the escapes of RFC 8785 section 3.2.2.2 (also valid for plain JSON).
    public static func writeString(_ text: String, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out.append(contentsOf: #"\""#.utf8)
            case UInt8(ascii: "\\"): out.append(contentsOf: #"\\"#.utf8)
            case 0x08: out.append(contentsOf: #"\b"#.utf8)
            case 0x09: out.append(contentsOf: #"\t"#.utf8)
            case 0x0A: out.append(contentsOf: #"\n"#.utf8)
            case 0x0C: out.append(contentsOf: #"\f"#.utf8)
            case 0x0D: out.append(contentsOf: #"\r"#.utf8)
            case 0..<0x20:
                out.append(contentsOf: #"\u00"#.utf8)
                out.append(hexDigit(byte >> 4))
                out.append(hexDigit(byte & 15))
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// A number as ECMAScript's Number.prototype.toString prints it (RFC 8785 section 3.2.2.3).
    static func canonicalNumber(_ literal: String) -> String {
        // Whole numbers below 2^53 are exact in a double, so their decimal text is already canonical.
        if let whole = Int64(literal), whole.magnitude < 1 << 53 { return String(whole) }
        guard let value = Double(literal), value.isFinite else { return literal }
        return ecmaScript(value)
    }

    private static func ecmaScript(_ value: Double) -> String {
        if value == 0 { return "0" }
        if value < 0 { return "-" + ecmaScript(-value) }
        // Swift prints the shortest digits that round-trip, as ECMAScript does; only the layout differs.
        let (digits, exponent) = shortestDigits("\(value)")
        let count = digits.count
        switch exponent {
        case count...21: return digits + String(repeating: "0", count: exponent - count)
        case 1..<max(count, 2) where exponent < count:
            return digits.prefix(exponent) + "." + digits.dropFirst(exponent)
        case -5...0: return "0." + String(repeating: "0", count: -exponent) + digits
        default:
            let power = exponent - 1
            let mantissa = count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst()
            return mantissa + "e" + (power < 0 ? "-" : "+") + String(power.magnitude)
        }
    }

    /// Splits Swift's text of a positive double into its significant digits and n, where value = 0.digits * 10^n.
    private static func shortestDigits(_ text: String) -> (digits: String, exponent: Int) {
        let parts = text.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa[0]
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? mantissa[1] : ""
        var digits = String(whole + fraction)
        var exponent = whole.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        while digits.count > 1, digits.hasPrefix("0") {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        return (digits, exponent)
    }
}
