import Events
import Logging

/// Carries the rounds of one programmatic run between its sandbox and the log.
struct ToolConversation: Sendable {
    let execution: String
    let session: String
    let exchange: ToolExchange
    let sandbox: any Sandbox
    let blobs: any BlobStore
    let pause: RunPause
    let dropped: DropNote
    /// Records events under the run's claim; false when the claim is lost.
    let record: @Sendable ([NewEvent]) async throws -> Bool

    /// Serves round after round until the run ends. An error ends the run.
    func carryOut() async throws {
        do {
            for await round in exchange.rounds {
                guard try await serve(round) else { return }
            }
        } catch {
            // The program stands still: nothing else would end it.
            sandbox.cancel(.shutdown)
            throw error
        }
    }

    private func serve(_ round: ToolExchange.Round) async throws -> Bool {
        let hasPlace = pause.room.expect(execution)
        let request = ToolCallRequested(round: round.number, nonce: Identifier.random(), calls: round.calls)
        do {
            guard try await record([request.event(execution: execution)]) else {
                pause.room.leave(execution)
                sandbox.cancel(.fenced)
                return false
            }
        } catch {
            pause.room.leave(execution)
            throw error
        }
        dropped.isPaused = true
        guard hasPlace else { return drop() }
        pause.leave()
        let wake = await pause.room.wait(for: execution, patience: pause.patience)
        let mayGoOn = await pause.enter()
        guard mayGoOn, case .results(let event) = wake else { return drop() }
        let results = try await Self.results(event, blobs)
        dropped.isPaused = false
        exchange.answer(results)
        return true
    }

    private func drop() -> Bool {
        dropped.set()
        sandbox.cancel(.shutdown)
        return false
    }

    /// What an `execution.tool_results_recorded` event stands for.
    private static func results(_ event: Event, _ blobs: any BlobStore) async throws -> [ToolResult] {
        let body = ToolResultsRecorded(event.body)
        return ToolResult.list(try await blobs.bytes(session: event.session, sha256: body.resultsSHA256))
    }

    /// The rounds of an execution that are on record with their results.
    static func recorded(of requested: Event, log: any EventLog, blobs: any BlobStore) async throws -> [RecordedRound] {
        var rounds: [RecordedRound] = []
        var calls: [ToolCall] = []
        var version = requested.version
        let page = 1000
        while true {
            let events = try await log.read(session: requested.session, after: version, limit: page)
            for event in events where event.execution == requested.execution {
                switch event.type {
                case .executionToolCallRequested: calls = ToolCallRequested(event.body).calls
                case .executionToolResultsRecorded:
                    rounds.append(RecordedRound(calls: calls, results: try await results(event, blobs)))
                default: break
                }
            }
            guard events.count == page, let last = events.last else { return rounds }
            version = last.version
        }
    }
}
