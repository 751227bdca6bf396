import Events

/// Random JSON values for properties: all kinds, awkward strings, numbers of every size.
struct RandomJSON {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func value(depth: Int = 4) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: .null
        case 1: .bool(Bool.random(using: &generator))
        case 2: .number(number())
        case 3, 4: .string(string())
        case 5: .array((0..<Int.random(in: 0...4, using: &generator)).map { _ in value(depth: depth - 1) })
        default: .object(members(depth: depth - 1))
        }
    }

    /// A finite double of any size, in some spelling that JSON allows.
    mutating func number() -> String {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return String(Int64.random(in: -(1 << 53)...(1 << 53), using: &generator))
        case 1: return String(Int64(truncatingIfNeeded: generator.next()))
        case 2:
            return "\(Int.random(in: -999...999, using: &generator)).\(Int.random(in: 0...999, using: &generator))E-2"
        default: return "\(double())"
        }
    }

    /// Any bit pattern that is a finite number.
    mutating func double() -> Double {
        while true {
            let value = Double(bitPattern: generator.next())
            if value.isFinite { return value }
        }
    }

    mutating func string() -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...6, using: &generator) { text.unicodeScalars.append(scalar()) }
        return text
    }

    mutating func bytes(atMost count: Int) -> [UInt8] {
        (0..<Int.random(in: 0...count, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    mutating func index(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    private mutating func scalar() -> Unicode.Scalar {
        let ranges: [ClosedRange<UInt32>] = [
            0x00...0x1F, 0x20...0x7F, 0x22...0x22, 0x5C...0x5C, 0x80...0x7FF, 0x300...0x36F, 0xD000...0xD7FF,
            0xE000...0xFFFF, 0x1_0000...0x10_FFFF,
        ]
        let range = ranges[Int.random(in: 0..<ranges.count, using: &generator)]
        return Unicode.Scalar(UInt32.random(in: range, using: &generator)) ?? "?"
    }

    /// Names are different as bytes, though perhaps canonically equivalent.
    private mutating func members(depth: Int) -> [JSONMember] {
        var names: Set<[UInt8]> = []
        var members: [JSONMember] = []
        for _ in 0..<Int.random(in: 0...5, using: &generator) {
            let name = string()
            if names.insert(Array(name.utf8)).inserted { members.append(JSONMember(name, value(depth: depth))) }
        }
        return members
    }
}
