import Logging
import Postgres
import TestSupport
import Testing

@Suite("The listener")
struct ListenerTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func withListener(
        _ url: String, channels: [String], _ body: (PostgresListener) async throws -> Void
    ) async throws {
        let listener = PostgresListener(PostgresConfiguration(url: url), channels: channels, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listener.run() }
            try await body(listener)
            group.cancelAll()
        }
    }

    @Test("Says when it listens, and then what it hears, with the sender")
    func hears() async throws {
        let url = try await TestDatabase.fresh()
        let sender = try await PostgresConnection.connect(PostgresConfiguration(url: url))
        try await withListener(url, channels: ["events", "Odd \"name\""]) { listener in
            var events = listener.events().makeAsyncIterator()
            guard case .listening = await events.next() else {
                Issue.record("listening is not the first event")
                return
            }
            try await sender.query(SQLQuery("select pg_notify('events', 'one'), pg_notify('Odd \"name\"', '')"))
            #expect(
                await events.next()
                    == .notification(channel: "events", payload: "one", backendPID: sender.backendPID))
            #expect(
                await events.next()
                    == .notification(channel: "Odd \"name\"", payload: "", backendPID: sender.backendPID))
        }
    }

    @Test("Who subscribes later is told at once that it listens")
    func lateSubscriber() async throws {
        try await withListener(try await TestDatabase.shared.url, channels: ["x"]) { listener in
            var first = listener.events().makeAsyncIterator()
            let listening = await first.next()
            var second = listener.events().makeAsyncIterator()
            #expect(await second.next() == listening)
        }
    }

    @Test("A backlog of notifications arrives whole and in order")
    func backlog() async throws {
        let url = try await TestDatabase.fresh()
        let sender = try await PostgresConnection.connect(PostgresConfiguration(url: url))
        try await withListener(url, channels: ["n"]) { listener in
            var events = listener.events().makeAsyncIterator()
            _ = await events.next()
            try await sender.query(
                SQLQuery("select pg_notify('n', repeat('x', 1000) || i::text) from generate_series(1, 500) i"))
            for number in 1...500 {
                guard case .notification(_, let payload, _) = await events.next() else {
                    Issue.record("an event is missing")
                    return
                }
                #expect(payload.hasSuffix("x\(number)"))
            }
        }
    }

    @Test("After a restart of the server it listens again and hears")
    func relistens() async throws {
        let server = try await TestDatabase.start()
        try await withListener(server.url, channels: ["events"]) { listener in
            var events = listener.events().makeAsyncIterator()
            _ = await events.next()
            try await server.restart()
            #expect(await events.next() == .disconnected)
            guard case .listening = await events.next() else {
                Issue.record("it does not listen again")
                return
            }
            let sender = try await PostgresConnection.connect(PostgresConfiguration(url: server.url))
            try await sender.query(SQLQuery("select pg_notify('events', 'two')"))
            #expect(
                await events.next()
                    == .notification(channel: "events", payload: "two", backendPID: sender.backendPID))
        }
        try await server.stop()
    }

    @Test("The stream ends with the listener")
    func ends() async throws {
        var events: AsyncStream<ListenerEvent>?
        try await withListener(try await TestDatabase.shared.url, channels: ["x"]) { events = $0.events() }
        let stream = try #require(events)
        for await _ in stream {}
    }
}
