import Events
import Foundation
import Testing

/// The implementations that must not be told apart.
enum LogKind: String, CaseIterable, CustomTestStringConvertible {
    case memory, postgres

    var testDescription: String { "\(rawValue) log" }
}

/// One log with its queue and its blobs, whichever it is.
struct LogUnderTest: Sendable {
    let log: any EventLog
    let queue: any ExecutionQueue
    let blobs: any BlobStore

    /// Runs `body` with a new empty log.
    static func run(_ kind: LogKind, _ body: (LogUnderTest) async throws -> Void) async throws {
        switch kind {
        case .memory:
            let log = MemoryLog()
            try await body(LogUnderTest(log: log, queue: log, blobs: log))
        case .postgres:
            try await PostgresUnderTest.run { running in
                try await body(LogUnderTest(log: running.log, queue: running.queue, blobs: running.blobs))
            }
        }
    }

    /// Appends notes to a session and returns them as committed.
    @discardableResult
    func append(_ notes: String..., to session: String) async throws -> [Event] {
        let outcome = try await log.append(
            Append(session: session, expected: .any, events: notes.map { note($0) }))
        return try #require(outcome.committed)
    }

    /// Everything that is in the log.
    func everything() async throws -> [Event] { try await log.read(after: 0, limit: 1_000_000) }

    /// Appends a request to run; the body says nothing.
    @discardableResult
    func request(_ execution: String, owner: String = "o", session: String? = nil, eager: EagerClaim? = nil)
        async throws -> Event
    {
        let outcome = try await log.append(
            Append(
                session: session ?? "s-\(execution)", expected: .any,
                events: [NewEvent(.executionRequested, execution: execution, body: [:])], queueOwner: owner,
                eagerClaim: eager))
        return try #require(outcome.committed?.first)
    }

    /// Appends the end of an execution as whoever holds `claim`.
    func finish(_ execution: String, claim: UUID, session: String? = nil) async throws -> AppendOutcome {
        try await log.append(
            Append(
                session: session ?? "s-\(execution)", expected: .any,
                events: [NewEvent(.executionFinished, execution: execution, body: [:])],
                fence: Fence(execution: execution, claim: claim)))
    }

    /// A new executor with a lease that will not end by itself.
    func executor(_ name: String = "test") async throws -> UUID {
        let id = UUID()
        try await queue.heartbeat(executor: id, name: name, capacity: 4, lease: 3600)
        return id
    }
}

extension AsyncStream<[Event]> {
    /// The next `count` events, or fewer if the stream ends before.
    func first(_ count: Int) async -> [Event] {
        var events: [Event] = []
        guard count > 0 else { return [] }
        for await batch in self {
            events += batch
            if events.count >= count { break }
        }
        return events
    }
}

/// Runs `count` tasks side by side and returns what they gave, in the order of their numbers.
func concurrently<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        for number in 0..<count { group.addTask { (number, try await body(number)) } }
        var values: [(Int, Value)] = []
        for try await value in group { values.append(value) }
        return values.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
