import Testing

@testable import Postgres

@Suite("Pipeline bookkeeping")
struct PipelineTests {
    typealias Machine = Pipeline<Int, String>

    private func key(_ sql: String) -> StatementKey { StatementKey(sql: sql, types: []) }

    /// Sends the next request and says that its Sync was written.
    private func send(_ machine: inout Machine) -> [Machine.Step]? {
        let next = machine.nextToSend()
        machine.synced()
        return next?.steps
    }

    /// Plays replies and returns what completed.
    private func play(_ machine: inout Machine, _ replies: [Machine.Reply]) -> [(Int, Result<[String], PostgresError>)]
    {
        replies.compactMap { reply in
            switch machine.received(reply) {
            case .complete(let payload, let result): return (payload, result)
            case .none: return nil
            case .violation(let reason):
                Issue.record("violation: \(reason)")
                return nil
            }
        }
    }

    private let refusal = PostgresError(.server(sqlState: "23505"), "duplicate")

    @Test("A statement is parsed in the pipeline of its first use and only named after that")
    func preparesOnce() {
        var machine = Machine()
        machine.submit(1, statements: [key("a")])
        #expect(send(&machine) == [.prepare(query: 0, name: "s1"), .execute(query: 0, name: "s1")])
        let done = play(&machine, [.success("parsed"), .endOfStep, .success("x"), .endOfStep, .synced])
        #expect(done.count == 1)
        #expect(try! done[0].1.get() == ["x"])
        machine.submit(2, statements: [key("a")])
        #expect(send(&machine) == [.execute(query: 0, name: "s1")])
    }

    @Test("While a Parse is in flight, others with the same text do not depend on it")
    func doesNotShareUnconfirmedNames() {
        var machine = Machine()
        machine.submit(1, statements: [key("a")])
        machine.submit(2, statements: [key("a")])
        _ = send(&machine)
        #expect(send(&machine) == [.executeUnnamed(query: 0)])
    }

    @Test("A statement used twice in one request is parsed once")
    func sharesNamesWithinARequest() {
        var machine = Machine()
        machine.submit(1, statements: [key("a"), key("a")])
        #expect(
            send(&machine) == [
                .prepare(query: 0, name: "s1"), .execute(query: 0, name: "s1"), .execute(query: 1, name: "s1"),
            ])
    }

    @Test("After a failed Parse the statement is parsed again under a new name")
    func preparesAgainAfterFailure() {
        var machine = Machine()
        machine.submit(1, statements: [key("a")])
        _ = send(&machine)
        let done = play(&machine, [.failure(refusal), .endOfStep, .skipped, .endOfStep, .synced])
        #expect(throws: PostgresError.self) { try done[0].1.get() }
        machine.submit(2, statements: [key("a")])
        #expect(send(&machine) == [.prepare(query: 0, name: "s2"), .execute(query: 0, name: "s2")])
    }

    @Test("A plan that the server threw away is parsed again", arguments: ["0A000", "26000"])
    func preparesAgainAfterStalePlan(sqlState: String) {
        var machine = Machine()
        machine.submit(1, statements: [key("a")])
        _ = send(&machine)
        _ = play(&machine, [.success(""), .endOfStep, .success(""), .endOfStep, .synced])
        machine.submit(2, statements: [key("a")])
        _ = send(&machine)
        _ = play(&machine, [.failure(PostgresError(.server(sqlState: sqlState), "")), .endOfStep, .synced])
        machine.submit(3, statements: [key("a")])
        #expect(send(&machine) == [.prepare(query: 0, name: "s2"), .execute(query: 0, name: "s2")])
    }

    @Test("The failure of one request leaves its neighbour alone")
    func isolatesFailures() {
        var machine = Machine()
        machine.submit(1, statements: [key("a")])
        machine.submit(2, statements: [key("b")])
        _ = send(&machine)
        _ = send(&machine)
        let done = play(
            &machine,
            [
                .success(""), .endOfStep, .failure(refusal), .endOfStep, .synced,
                .success(""), .endOfStep, .success("b"), .endOfStep, .synced,
            ])
        #expect(done.map(\.0) == [1, 2])
        #expect(throws: PostgresError.self) { try done[0].1.get() }
        #expect(try! done[1].1.get() == ["b"])
    }

    @Test("The error of a transaction tells which query failed")
    func numbersFailures() throws {
        var machine = Machine()
        machine.submit(1, statements: [key("a"), key("b"), key("c")])
        _ = send(&machine)
        let done = play(
            &machine,
            [
                .success(""), .endOfStep, .success("a"), .endOfStep,
                .success(""), .endOfStep, .failure(refusal), .endOfStep,
                .skipped, .endOfStep, .skipped, .endOfStep, .synced,
            ])
        let error = #expect(throws: PostgresError.self) { try done[0].1.get() }
        #expect(error?.queryIndex == 1)
    }

    @Test("An error at the commit fails the request without a query number")
    func failsAtSync() {
        var machine = Machine()
        machine.submit(1, statements: [key("a")])
        _ = send(&machine)
        let done = play(
            &machine,
            [.success(""), .endOfStep, .success("a"), .endOfStep, .failure(refusal), .endOfStep, .synced])
        let error = #expect(throws: PostgresError.self) { try done[0].1.get() }
        #expect(error?.sqlState == "23505")
        #expect(error?.queryIndex == nil)
    }

    @Test("When the connection dies, only requests with their Sync written are in doubt")
    func tellsUnsentFromUnknown() {
        var machine = Machine()
        for number in 1...3 { machine.submit(number, statements: [key("a")]) }
        _ = send(&machine)
        _ = machine.nextToSend()
        let (unsent, unknown) = machine.close()
        #expect(unknown == [1])
        #expect(unsent == [2, 3])
        #expect(!machine.expectsReplies)
    }

    @Test("A reply that nobody waits for is a violation", arguments: [0, 1, 2])
    func noticesDisorder(replyCase: Int) {
        var machine = Machine()
        if replyCase > 0 {
            machine.submit(1, statements: [key("a")])
            _ = send(&machine)
        }
        if replyCase > 1 { _ = play(&machine, [.success(""), .endOfStep, .success(""), .endOfStep]) }
        let reply: Machine.Reply = replyCase == 1 ? .synced : .endOfStep
        guard case .violation = machine.received(reply) else {
            Issue.record("it was taken as in order")
            return
        }
    }

    @Test("Past the limit of named statements, texts go without a name")
    func boundsNames() {
        var machine = Machine()
        for number in 0..<StatementCache.limit {
            machine.submit(number, statements: [key("select \(number)")])
            _ = send(&machine)
        }
        machine.submit(-1, statements: [key("one more")])
        #expect(send(&machine) == [.executeUnnamed(query: 0)])
    }
}
