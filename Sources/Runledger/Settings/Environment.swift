/// Reads settings from environment variables and remembers every rule that was broken, so that an operator sees
/// all of them at once, each naming the variable and the rule.
struct Environment {
    private let variables: [String: String]
    private(set) var problems: [String] = []

    init(_ variables: [String: String]) { self.variables = variables }

    /// The trimmed value; nil when absent or blank.
    func text(_ name: String) -> String? {
        guard let value = variables[name] else { return nil }
        let trimmed = value.trimmingWhitespace
        return trimmed.isEmpty ? nil : trimmed
    }

    var names: [String] { variables.keys.sorted() }

    mutating func integer(_ name: String, default standard: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = text(name) else { return standard }
        guard let value = Int(text), range.contains(value) else {
            problems.append("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return standard
        }
        return value
    }

    mutating func number(_ name: String, default standard: Double, in range: ClosedRange<Double>) -> Double {
        guard let text = text(name) else { return standard }
        guard let value = Double(text), range.contains(value) else {
            problems.append("\(name) must be a number from \(range.lowerBound) to \(range.upperBound)")
            return standard
        }
        return value
    }

    mutating func flag(_ name: String, default standard: Bool) -> Bool {
        switch text(name)?.lowercased() {
        case nil: return standard
        case "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default:
            problems.append("\(name) must be true or false")
            return standard
        }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, default standard: Choice
    ) -> Choice where Choice.RawValue == String {
        guard let text = text(name) else { return standard }
        guard let value = Choice(rawValue: text.lowercased()) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: " or ")
            problems.append("\(name) must be \(choices)")
            return standard
        }
        return value
    }

    mutating func report(_ problem: String) { problems.append(problem) }
}

extension String {
    var trimmingWhitespace: String {
        let start = drop(while: \.isWhitespace)
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
