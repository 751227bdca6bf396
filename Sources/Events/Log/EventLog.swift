/// The log: append, and read in either order. PostgreSQL in production; an in-memory one for tests of what stands
/// above it. Both pass one conformance suite.
public protocol EventLog: Sendable {
    /// Appends durably, or refuses with a value.
    ///
    /// Not cancellable once called: an append that was sent may be committed whatever its caller does.
    /// - Throws: `LogError` when the outcome is no verdict (database down, malformed append).
    func append(_ append: Append) async throws -> AppendOutcome

    /// Events of all sessions with a position above `position`, oldest first.
    func read(after position: Int64, limit: Int) async throws -> [Event]

    /// Events of one session with a sequence above `version`, oldest first.
    func read(session: String, after version: Int64, limit: Int) async throws -> [Event]

    /// The state events of a session, newest first (CONTRACT 8); see `CurrentState`.
    func stateEvents(session: String, limit: Int) async throws -> [Event]

    /// Position of the newest event; 0 for an empty log.
    func head() async throws -> Int64

    /// Events as they are committed, by any process, from now on: in order, without gaps or repeats.
    func follow() async -> AsyncStream<[Event]>

    /// The next milestone of an execution behind a position, as soon as it exists: that it finished, or that it waits
    /// for tools.
    ///
    /// - Throws: `CancellationError` when the waiting task is cancelled.
    func milestone(execution: String, session: String, after position: Int64) async throws -> Event
}

extension EventLog {
    /// The `execution.finished` event of an execution, as soon as it exists.
    ///
    /// - Throws: `CancellationError` when the waiting task is cancelled.
    public func finished(execution: String, session: String) async throws -> Event {
        var position: Int64 = 0
        while true {
            let event = try await milestone(execution: execution, session: session, after: position)
            if event.type == .executionFinished { return event }
            position = event.position
        }
    }
}

/// Why the log could not give a verdict.
public struct LogError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The database cannot be reached; the caller may try again later.
        case unavailable
        /// The append itself is malformed; it will never be taken.
        case invalid
        /// The log is shutting down.
        case closed
        /// Stored bytes are missing or not what their digest says.
        case corrupt
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code): \(message)" }
}
