import Synchronization

/// Names for databases, each once in this process.
final class NameSource: Sendable {
    private let last = Atomic<Int>(0)

    func next() -> String {
        "t\(last.add(1, ordering: .relaxed).newValue)"
    }
}
