import Events
import Testing

@testable import Executor

@Suite("Rounds of tool calls")
struct ToolRoundsTests {
    private func caller(_ connection: Int, _ index: Int = 0) -> ToolRounds.Caller {
        ToolRounds.Caller(connection: connection, index: index)
    }

    private func rounds(
        calls: Int = 200, rounds: Int = 50, recorded: [RecordedRound] = []
    ) -> ToolRounds {
        ToolRounds(tools: ["t", "u"], limits: ToolLimits(calls: calls, rounds: rounds), recorded: recorded)
    }

    private func recorded(_ calls: (String, JSONValue, JSONValue)..., from first: Int = 1) -> RecordedRound {
        let list = calls.enumerated().map { index, call in
            ToolCall(id: ToolRounds.id(first + index), name: call.0, input: call.1)
        }
        return RecordedRound(
            calls: list, results: zip(list, calls).map { ToolResult(callID: $0.id, outcome: .value($1.2)) })
    }

    @Test("Calls collect until all is idle, and are numbered through over the rounds")
    func collects() {
        var rounds = rounds()
        #expect(rounds.idle() == .wait)
        #expect(rounds.call(caller(0), name: "t", input: ["n": 1]) == .wait)
        #expect(rounds.call(caller(1), name: "u", input: [:]) == .wait)
        #expect(
            rounds.idle()
                == .ask(
                    round: 1,
                    calls: [
                        ToolCall(id: "call_001", name: "t", input: ["n": 1]),
                        ToolCall(id: "call_002", name: "u", input: [:]),
                    ]))
        #expect(rounds.idle() == .wait)
        let results = [
            ToolResult(callID: "call_001", outcome: .value(7)), ToolResult(callID: "call_002", outcome: .error("e")),
        ]
        #expect(
            rounds.answered(results)
                == .answer([
                    .init(caller: caller(0), outcome: .value(7)), .init(caller: caller(1), outcome: .error("e")),
                ]))
        _ = rounds.call(caller(2), name: "t", input: [:])
        #expect(rounds.idle() == .ask(round: 2, calls: [ToolCall(id: "call_003", name: "t", input: [:])]))
    }

    @Test("A recorded round is answered once all of its calls are there, in any order and spelling")
    func repeats() {
        var rounds = rounds(recorded: [recorded(("t", ["a": 1, "b": 2], "one"), ("u", [:], "two"))])
        #expect(rounds.call(caller(0), name: "u", input: [:]) == .wait)
        #expect(rounds.idle() == .wait)
        #expect(
            rounds.call(caller(1), name: "t", input: ["b": .number("2.0"), "a": 1])
                == .answer([
                    .init(caller: caller(1), outcome: .value("one")), .init(caller: caller(0), outcome: .value("two")),
                ]))
        #expect(!rounds.isRepeating)
        _ = rounds.call(caller(2), name: "t", input: [:])
        #expect(rounds.idle() == .ask(round: 2, calls: [ToolCall(id: "call_003", name: "t", input: [:])]))
    }

    @Test("Equal calls of a round are answered each with a result of its own")
    func equalCalls() {
        var rounds = rounds(recorded: [recorded(("t", [:], 1), ("t", [:], 2))])
        #expect(rounds.call(caller(0), name: "t", input: [:]) == .wait)
        #expect(
            rounds.call(caller(1), name: "t", input: [:])
                == .answer([
                    .init(caller: caller(0), outcome: .value(1)), .init(caller: caller(1), outcome: .value(2)),
                ]))
    }

    @Test("A call of a later round that comes early waits for its round")
    func early() {
        var rounds = rounds(recorded: [recorded(("t", [:], 1)), recorded(("u", [:], 2), from: 2)])
        #expect(rounds.call(caller(0), name: "u", input: [:]) == .wait)
        let first = rounds.call(caller(1), name: "t", input: [:])
        #expect(first == .answer([.init(caller: caller(1), outcome: .value(1))]))
        #expect(rounds.waiting == [caller(0)])
        let second = rounds.call(caller(2), name: "t", input: [:])
        #expect(second == .answer([.init(caller: caller(0), outcome: .value(2))]))
    }

    @Test("A repeated run that asks something else has diverged when nothing moves")
    func diverges() {
        var rounds = rounds(recorded: [recorded(("t", ["n": 1], 1))])
        #expect(rounds.call(caller(0), name: "t", input: ["n": 2]) == .wait)
        #expect(rounds.idle() == .wait)
        #expect(rounds.stalled() == .end(.diverged(round: 1)))
    }

    @Test("Names are checked and counts bounded, recorded calls included")
    func limits() {
        var first = rounds()
        #expect(first.call(caller(0), name: "x\ny", input: [:]) == .end(.unregistered("x?y")))
        var second = rounds(calls: 2, recorded: [recorded(("t", [:], 1))])
        _ = second.call(caller(0), name: "t", input: [:])
        #expect(second.call(caller(1), name: "t", input: [:]) == .wait)
        #expect(second.call(caller(2), name: "t", input: [:]) == .end(.tooManyCalls(2)))
        var third = rounds(rounds: 1, recorded: [recorded(("t", [:], 1))])
        _ = third.call(caller(0), name: "t", input: [:])
        _ = third.call(caller(1), name: "t", input: [:])
        #expect(third.idle() == .end(.tooManyRounds(1)))
    }

    @Test("A caller that went away is not asked for")
    func withdraws() {
        var rounds = rounds()
        _ = rounds.call(caller(0), name: "t", input: [:])
        rounds.withdraw(connection: 0)
        #expect(rounds.idle() == .wait)
    }
}
