import Testing

/// Expects two values to be equal; a failure shows only the lines in which their dumps differ.
func expectSame<Value: Equatable>(
    _ actual: Value, _ expected: Value, _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual != expected else { return }
    Issue.record("\(comment())\n\(difference(actual, expected))", sourceLocation: sourceLocation)
}

/// Lines of the expected value's dump that are not in the actual one's (`-`) and the reverse (`+`).
private func difference<Value>(_ actual: Value, _ expected: Value) -> String {
    let before = lines(expected)
    let after = lines(actual)
    let changes = after.difference(from: before).map { change in
        switch change {
        case .remove(let offset, let line, _): (offset, "- \(line)")
        case .insert(let offset, let line, _): (offset, "+ \(line)")
        }
    }
    return changes.sorted { $0.0 < $1.0 }.map(\.1).joined(separator: "\n")
}

private func lines<Value>(_ value: Value) -> [Substring] {
    var text = ""
    dump(value, to: &text)
    return text.split(separator: "\n", omittingEmptySubsequences: false)
}
