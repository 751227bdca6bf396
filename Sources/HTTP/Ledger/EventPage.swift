import Events

/// A page of one session's events, oldest first (CONTRACT 10.2).
struct EventPage {
    var events: [Event] = []
    /// Where the next page begins; nil at the end of the stream.
    var nextAfter: Int64?

    var json: JSONValue { ["data": .array(events.map(\.json)), "next_after": .int(orNull: nextAfter)] }

    /// - Parameter position: only events behind it, as clients count.
    static func read(
        _ session: SessionState, after position: Int64, limit: Int, type: EventType?, from log: any EventLog
    ) async throws -> EventPage {
        var version = try await versionReached(at: position, in: session, log)
        var page = EventPage()
        let batch = type == nil ? limit + 1 : 1000
        while true {
            let events = try await log.read(session: session.id, after: version, limit: batch)
            for event in events where type == nil || event.type == type {
                if page.events.count == limit {
                    page.nextAfter = page.events.last?.position
                    return page
                }
                page.events.append(event)
            }
            guard events.count == batch, let last = events.last else { return page }
            version = last.version
        }
    }

    /// The last version at or before a position. The log pages a session by version and clients by position; both
    /// grow together, so a search by halves finds one from the other.
    private static func versionReached(
        at position: Int64, in session: SessionState, _ log: any EventLog
    ) async throws -> Int64 {
        if position <= 0 { return 0 }
        if position >= session.position { return session.version }
        var low: Int64 = 0
        var high = session.version
        while low < high {
            let middle = low + (high - low) / 2
            let event = try await log.read(session: session.id, after: middle, limit: 1).first
            if let event, event.position <= position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
