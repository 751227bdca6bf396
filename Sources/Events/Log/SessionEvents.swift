public import Postgres

/// Reads whole streams without following the log; what the admin CLI needs.
public struct SessionEvents: Sendable {
    private static let page = 1000

    private let client: PostgresClient

    public init(client: PostgresClient) { self.client = client }

    /// Every event of a session, oldest first; none when it does not exist.
    public func all(of session: String) async throws -> [Event] {
        var events: [Event] = []
        while true {
            let result = try await client.query(
                SQLQuery(
                    EventRow.ofSession,
                    [.text(session), .int8(events.last?.version ?? 0), .int8(Int64(Self.page))],
                    isIdempotent: true))
            events += try EventRow.events(result)
            if result.rows.count < Self.page { return events }
        }
    }
}
