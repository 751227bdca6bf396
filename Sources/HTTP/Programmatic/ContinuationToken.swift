import Events

/// Names the round of tool calls that a continuation answers (CONTRACT 9.3). Opaque to clients; what it says is
/// checked against the log, and its nonce is the secret that no other place shows.
struct ContinuationToken: Equatable {
    static let maximumLength = 512

    let session: String
    let execution: String
    let round: Int64
    let nonce: String

    /// The token of a round, as its event tells it.
    init?(_ event: Event) {
        guard event.type == .executionToolCallRequested, event.data != nil, let execution = event.execution else {
            return nil
        }
        let body = ToolCallRequested(event.body)
        session = event.session
        self.execution = execution
        round = body.round
        nonce = body.nonce
    }

    /// - Returns: nil for a text that no server can have issued.
    init?(parsing text: String) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0].utf8.count == Identifier.length, let round = Int64(parts[2]), round > 0,
            parts[2] == String(round), [parts[0], parts[1], parts[3]].allSatisfy({ Identifier.isWellFormed($0) })
        else { return nil }
        session = parts[0]
        execution = parts[1]
        self.round = round
        nonce = parts[3]
    }

    var text: String { "\(session).\(execution).\(round).\(nonce)" }
}
