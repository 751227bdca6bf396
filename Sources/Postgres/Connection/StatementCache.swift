/// Which statements the server has prepared on one connection, by text and parameter types.
///
/// A Parse is sent in the same pipeline as the first use of its statement. Until the server confirms it, others
/// with the same text go without a name: if they used the name and the Parse failed, one loser would fail many.
/// A name is never used twice, because a skipped Parse leaves it in doubt.
struct StatementCache {
    private enum State {
        case preparing(name: String)
        case prepared(name: String)
    }

    /// SQL is never built at run time, so a real program has a few dozen texts. Past this, no more names.
    static let limit = 500

    private var states: [StatementKey: State] = [:]
    private var lastNumber = 0

    /// What to write for the queries of one request.
    mutating func steps<P, A>(for statements: [StatementKey], as _: Pipeline<P, A>.Step.Type) -> [Pipeline<P, A>.Step] {
        var steps: [Pipeline<P, A>.Step] = []
        steps.reserveCapacity(statements.count + 1)
        // Within one request the name may be used at once: if the Parse fails, the rest is skipped anyway.
        var own: [StatementKey: String] = [:]
        for (query, statement) in statements.enumerated() {
            switch states[statement] {
            case .prepared(let name):
                steps.append(.execute(query: query, name: name))
            case .preparing:
                if let name = own[statement] {
                    steps.append(.execute(query: query, name: name))
                } else {
                    steps.append(.executeUnnamed(query: query))
                }
            case nil where states.count < Self.limit:
                lastNumber += 1
                let name = "s\(lastNumber)"
                states[statement] = .preparing(name: name)
                own[statement] = name
                steps.append(.prepare(query: query, name: name))
                steps.append(.execute(query: query, name: name))
            case nil:
                steps.append(.executeUnnamed(query: query))
            }
        }
        return steps
    }

    mutating func prepared(_ statement: StatementKey) {
        if case .preparing(let name) = states[statement] { states[statement] = .prepared(name: name) }
    }

    mutating func forget(_ statement: StatementKey) {
        states[statement] = nil
    }
}
