public import Postgres

/// Runs the verifier over a log in PostgreSQL, page by page: auditors never hold one long snapshot.
public struct PostgresVerification: Sendable {
    private static let page = 5000
    private static let heads = """
        select session, version, head_hash from runledger.session_stream
            where session > $1 order by session limit $2
        """

    private let client: PostgresClient

    public init(client: PostgresClient) { self.client = client }

    /// - Parameter progress: called after each page with the number of events checked.
    /// - Returns: how many events were checked and what is wrong with them.
    public func run(
        progress: @Sendable (Int64) -> Void = { _ in }
    ) async throws -> (checked: Int64, findings: [LogVerifier.Finding]) {
        let head = try await client.query(
            SQLQuery(EventRow.head, isIdempotent: true))
        let knownUpTo: Int64 = try head.rows.first?.decode(0) ?? 0
        var verifier = LogVerifier(knownUpTo: knownUpTo)
        // Stream heads are read before the events: every event up to these heads is then seen, and an append that
        // comes meanwhile only adds events beyond them.
        var heads: [(session: String, version: Int64, hash: Digest32)] = []
        var last = ""
        while true {
            let rows = try await client.query(
                SQLQuery(Self.heads, [.text(last), .int8(Int64(Self.page))], isIdempotent: true)
            ).rows
            for row in rows { heads.append((try row.decode(0), try row.decode(1), try row.decode(2))) }
            guard rows.count == Self.page, let session = heads.last?.session else { break }
            last = session
        }
        var newestAtHead: [String: (version: Int64, hash: Digest32)] = [:]
        let expected = Dictionary(heads.map { ($0.session, $0.version) }, uniquingKeysWith: { $1 })
        var position: Int64 = 0
        // The next page is fetched while this one is hashed.
        var next = fetch(after: 0)
        while true {
            let events = try await next.value
            guard let newest = events.last else { break }
            position = newest.position
            next = fetch(after: position)
            for event in events {
                verifier.check(event)
                // Up to the head that was read first, a stream row knows every event.
                if let version = expected[event.session], event.version <= version || event.position <= knownUpTo {
                    newestAtHead[event.session] = (event.version, event.hash)
                }
            }
            progress(verifier.checked)
        }
        for head in heads {
            verifier.checkHead(
                session: head.session, version: head.version, hash: head.hash, newest: newestAtHead[head.session])
        }
        verifier.finish(knownStreams: Set(expected.keys))
        return (verifier.checked, verifier.findings)
    }

    private func fetch(after position: Int64) -> Task<[Event], any Error> {
        Task { [client] in
            try EventRow.events(
                try await client.query(
                    SQLQuery(
                        EventRow.afterPosition, [.int8(position), .int8(Int64(Self.page))], isIdempotent: true)))
        }
    }
}
