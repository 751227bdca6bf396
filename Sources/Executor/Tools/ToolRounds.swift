import Events

/// A round whose results are on record: calls in order, and what came of them.
struct RecordedRound: Sendable, Equatable {
    var calls: [ToolCall]
    var results: [ToolResult]
}

/// How much of tools one execution may use.
struct ToolLimits: Sendable, Equatable {
    /// `PTC_MAX_TOOL_CALLS`
    var calls = 200
    /// `PTC_MAX_ROUND_TRIPS`
    var rounds = 50
}

/// Why a program's tool calls ended its run.
enum ToolFailure: Sendable, Equatable {
    case unregistered(String)
    case tooManyCalls(Int)
    case tooManyRounds(Int)
    case tooLarge(bytes: Int)
    /// A repeated run asked something else than the first time; the round that was not asked again.
    case diverged(round: Int)
    case malformed

    /// The line that stderr ends in.
    var message: String {
        switch self {
        case .unregistered(let name): "Sandbox requested an unregistered tool: \(name)"
        case .tooManyCalls(let limit): "Execution failed: the program made more than \(limit) tool calls"
        case .tooManyRounds(let limit): "Execution failed: the program needed more than \(limit) rounds of tool calls"
        case .tooLarge(let bytes): "Execution failed: the inputs of the tool calls are larger than \(bytes) bytes"
        case .diverged(let round):
            "Execution failed: run again, the program did not make the tool calls of round \(round) again"
        case .malformed: "Execution failed: a tool call was malformed"
        }
    }
}

/// Turns the calls that a program makes into rounds: asks for results, or repeats those that are on record.
///
/// Calls collect until everything in the sandbox waits; together they are a round. While a run repeats an earlier one,
/// a round is answered as soon as all of its recorded calls have been made, in any order (C7): held back until then,
/// so that what the answers set off cannot overtake a call of the same round. Calls beyond those wait for the next.
struct ToolRounds: Sendable {
    /// Who waits for the answer: a connection, and which of its calls.
    struct Caller: Sendable, Hashable {
        var connection: Int
        var index: Int
    }

    struct Answer: Sendable, Equatable {
        var caller: Caller
        var outcome: ToolResult.Outcome
    }

    enum Action: Sendable, Equatable {
        case wait
        case answer([Answer])
        /// Ask for the results of these; `answered` goes on.
        case ask(round: Int64, calls: [ToolCall])
        case end(ToolFailure)
    }

    private struct Pending: Sendable {
        var caller: Caller
        var name: String
        var input: JSONValue
        /// Canonical: equal however it was written.
        var key: [UInt8]

        init(caller: Caller, name: String, input: JSONValue) {
            self.caller = caller
            self.name = name
            self.input = input
            key = JSONWriter.canonical(input)
        }
    }

    private let tools: Set<String>
    private let limits: ToolLimits
    private let recorded: [RecordedRound]
    /// Rounds that were answered, and calls in them.
    private var rounds = 0
    private var calls = 0
    private var pending: [Pending] = []
    /// Who made the calls that are asked for now, in their order.
    private var asked: [Caller] = []

    init(tools: [String], limits: ToolLimits, recorded: [RecordedRound]) {
        self.tools = Set(tools)
        self.limits = limits
        self.recorded = recorded
    }

    /// Whether recorded results are left to repeat.
    var isRepeating: Bool { rounds < recorded.count }

    /// Calls that wait and are not asked for.
    var waiting: Set<Caller> { Set(pending.map(\.caller)) }

    mutating func call(_ caller: Caller, name: String, input: JSONValue) -> Action {
        guard tools.contains(name) else { return .end(.unregistered(Self.shown(name))) }
        guard calls + asked.count + pending.count < limits.calls else { return .end(.tooManyCalls(limits.calls)) }
        pending.append(Pending(caller: caller, name: name, input: input))
        return isRepeating ? repeated() : .wait
    }

    /// A caller is gone without an answer.
    mutating func withdraw(connection: Int) { pending.removeAll { $0.caller.connection == connection } }

    /// Everything in the sandbox waits.
    mutating func idle() -> Action {
        guard !pending.isEmpty, asked.isEmpty, !isRepeating else { return .wait }
        guard rounds < limits.rounds else { return .end(.tooManyRounds(limits.rounds)) }
        asked = pending.map(\.caller)
        let list = pending.enumerated().map { index, call in
            ToolCall(id: Self.id(calls + index + 1), name: call.name, input: call.input)
        }
        pending = []
        return .ask(round: Int64(rounds + 1), calls: list)
    }

    /// The sandbox has been idle for so long that the recorded round will not be asked again.
    func stalled() -> Action {
        isRepeating && !pending.isEmpty ? .end(.diverged(round: rounds + 1)) : .wait
    }

    /// The results of what was asked, in its order.
    mutating func answered(_ results: [ToolResult]) -> Action {
        let answers = zip(asked, results).map { Answer(caller: $0, outcome: $1.outcome) }
        rounds += 1
        calls += asked.count
        asked = []
        return .answer(answers)
    }

    private mutating func repeated() -> Action {
        let round = recorded[rounds]
        var left = pending
        var answers: [Answer] = []
        for (call, result) in zip(round.calls, round.results) {
            let key = JSONWriter.canonical(call.input)
            guard let index = left.firstIndex(where: { $0.name == call.name && $0.key == key }) else { return .wait }
            answers.append(Answer(caller: left.remove(at: index).caller, outcome: result.outcome))
        }
        pending = left
        rounds += 1
        calls += round.calls.count
        return .answer(answers)
    }

    /// `call_001`, `call_002`, ...
    static func id(_ number: Int) -> String {
        let digits = String(number)
        return "call_" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    /// A name from inside the sandbox: short, and without anything that could make a line of its own.
    private static func shown(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.prefix(200).map { $0.value < 0x20 ? "?" : $0 }))
    }
}
