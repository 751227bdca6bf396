import FoundationEssentials
import Postgres

/// The wire form of a batch: the parameters of the SQL functions and the decoding of their answer.
enum AppendStatement {
    private static let append = """
        select * from runledger.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """
    private static let putBlobs = "select runledger.put_blobs($1, $2, $3)"
    private static let adoptContents = "select runledger.adopt_contents($1, $2, $3, $4, $5)"
    private static let discardRefused = "select runledger.discard_refused($1, $2, $3)"

    /// One append's verdict as the server gives it.
    enum Verdict {
        case outcome(AppendOutcome)
        /// Taken before. What is in the log may differ from what was sent now, so it has to be read.
        case duplicate(first: Int64, count: Int)
    }

    /// The queries of one transaction, and which of them is the append.
    static func queries(for batch: [Append]) -> (queries: [SQLQuery], append: Int) {
        var queries: [SQLQuery] = []
        let blobs = batch.flatMap(\.blobs)
        if !blobs.isEmpty {
            queries.append(
                SQLQuery(
                    putBlobs,
                    [
                        .textArray(blobs.map(\.session)), .bytesArray(blobs.map(\.sha256)),
                        .bytesArray(blobs.map(\.bytes)),
                    ]))
        }
        let contents = batch.flatMap(\.contents)
        if !contents.isEmpty {
            queries.append(
                SQLQuery(
                    adoptContents,
                    [
                        .textArray(contents.map(\.session)), .bytesArray(contents.map(\.sha256)),
                        .int8Array(contents.map(\.size)), .int4Array(contents.map(\.parts)),
                        .uuidArray(contents.map(\.content)),
                    ]))
        }
        let events = batch.flatMap(\.events)
        queries.append(
            SQLQuery(
                append,
                [
                    .uuidArray(batch.map(\.command)), .textArray(batch.map(\.session)),
                    .int8Array(batch.map(\.expected.wire)), .int4Array(batch.map { Int32($0.events.count) }),
                    .textArray(batch.map { $0.fence?.execution }), .uuidArray(batch.map { $0.fence?.claim }),
                    .textArray(batch.map(\.queueOwner)), .uuidArray(batch.map { $0.eagerClaim?.claim }),
                    .uuidArray(batch.map { $0.eagerClaim?.executor }), .boolArray(batch.map(\.isSerial)),
                    .textArray(events.map(\.type.rawValue)), .textArray(events.map(\.execution)),
                    .textArray(events.map(\.data)), .bytesArray(events.map(\.salt)),
                ]))
        let append = queries.count - 1
        if !blobs.isEmpty || !contents.isEmpty { queries.append(discardQuery(for: batch)) }
        return (queries, append)
    }

    /// Blobs are stored before the append, outside its lock; those of a refused append go again.
    private static func discardQuery(for batch: [Append]) -> SQLQuery {
        var commands: [UUID] = []
        var sessions: [String] = []
        var digests: [Digest32] = []
        for append in batch {
            let keys = append.blobs.map { ($0.session, $0.sha256) } + append.contents.map { ($0.session, $0.sha256) }
            for (session, digest) in keys {
                commands.append(append.command)
                sessions.append(session)
                digests.append(digest)
            }
        }
        return SQLQuery(discardRefused, [.uuidArray(commands), .textArray(sessions), .bytesArray(digests)])
    }

    /// One verdict per append, in order.
    static func verdicts(of result: SQLResult, for batch: [Append]) throws -> [Verdict] {
        guard result.rows.count == batch.count else {
            throw LogError(.corrupt, "append answered \(result.rows.count) rows for \(batch.count) appends")
        }
        return try zip(batch, result.rows).map { append, row in
            switch try row.decode(0, as: String.self) {
            case "ok": .outcome(.ok(events: try events(of: append, row)))
            case "duplicate":
                .duplicate(first: try row.decode(2), count: try row.decode(6, as: [[UInt8]]?.self)?.count ?? 0)
            case "conflict": .outcome(.conflict(version: try row.decode(1)))
            case "fenced": .outcome(.fenced)
            case "held": .outcome(.held)
            case "busy": .outcome(.busy)
            case let other: throw LogError(.corrupt, "append answered \(other)")
            }
        }
    }

    private static func events(of append: Append, _ row: SQLRow) throws -> [Event] {
        let version: Int64 = try row.decode(1)
        let first: Int64 = try row.decode(2)
        let time = Timestamp(milliseconds: try row.decode(3, as: Int64.self) / 1000)
        let commitments: [[UInt8]] = try row.decode(4)
        let previous: [[UInt8]] = try row.decode(5)
        let hashes: [[UInt8]] = try row.decode(6)
        guard commitments.count == append.events.count, previous.count == commitments.count,
            hashes.count == commitments.count
        else { throw LogError(.corrupt, "append answered \(hashes.count) hashes for \(append.events.count) events") }
        let firstVersion = version - Int64(append.events.count) + 1
        return append.events.enumerated().map { index, event in
            Event(
                position: first + Int64(index), session: append.session, version: firstVersion + Int64(index),
                type: event.type, time: time, execution: event.execution, data: event.data, salt: event.salt,
                dataCommitment: commitments[index], previousHash: previous[index], hash: hashes[index])
        }
    }
}
