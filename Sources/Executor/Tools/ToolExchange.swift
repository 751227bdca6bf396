import Events
import Synchronization

/// What a programmatic run may call, and the way between its sandbox and whoever gets the results.
///
/// The sandbox's side never waits here: it says what a round asks for and is told when the results are there.
final class ToolExchange: Sendable {
    struct Round: Sendable, Equatable {
        var number: Int64
        var calls: [ToolCall]
    }

    let tools: [ToolDefinition]
    let limits: ToolLimits
    let recorded: [RecordedRound]
    /// The rounds that need results, one at a time; ends with the run.
    let rounds: AsyncStream<Round>

    private struct State {
        var results: [ToolResult]?
        var onResults: (@Sendable () -> Void)?
    }

    private let asker: AsyncStream<Round>.Continuation
    private let state = Mutex(State())

    init(tools: [ToolDefinition], limits: ToolLimits, recorded: [RecordedRound]) {
        self.tools = tools
        self.limits = limits
        self.recorded = recorded
        (rounds, asker) = AsyncStream.makeStream(of: Round.self)
    }

    // MARK: The sandbox's side

    /// Asks for results; the program stands still until `take` gives them.
    func ask(_ round: Round) { asker.yield(round) }

    /// The results, once they are there.
    func take() -> [ToolResult]? {
        state.withLock { state in
            defer { state.results = nil }
            return state.results
        }
    }

    /// Sets what to call when results are there; it must return at once.
    func notify(_ body: (@Sendable () -> Void)?) { state.withLock { $0.onResults = body } }

    /// No further round will be asked for.
    func finish() { asker.finish() }

    // MARK: The other side

    /// Hands in the results of the round that was asked for, in the order of its calls.
    func answer(_ results: [ToolResult]) {
        let notify = state.withLock { state in
            state.results = results
            return state.onResults
        }
        notify?()
    }
}
