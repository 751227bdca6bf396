/// Recomputes every hash of a log as its events pass by, and names what is wrong.
///
/// Fed in position order from the first event. Finds a changed byte of any field that is hashed (commitment and
/// chain), a missing position, a repeated or swapped row, and a stream whose head is not what its row says.
public struct LogVerifier: Sendable {
    /// One thing that is not as it was written.
    public struct Finding: Sendable, Equatable, CustomStringConvertible {
        /// Position of the event, or of the gap; nil for a stream head.
        public let position: Int64?
        public let session: String?
        public let reason: String

        public var description: String {
            let place = position.map { "position \($0)" } ?? "stream head"
            return session.map { "\(place), session \($0): \(reason)" } ?? "\(place): \(reason)"
        }
    }

    private struct Head {
        var firstPosition: Int64
        var version: Int64
        var hash: Digest32
    }

    /// Events checked so far.
    public private(set) var checked: Int64 = 0
    public private(set) var findings: [Finding] = []
    private var position: Int64 = 0
    private var heads: [String: Head] = [:]
    /// Sessions with erased data that no `session.erased` has accounted for yet, and where it begins.
    private var erased: [String: Int64] = [:]
    /// Streams that begin beyond this are younger than the heads they would be compared with.
    private let knownUpTo: Int64

    /// - Parameter knownUpTo: head of the log before the stream rows were read.
    public init(knownUpTo: Int64) { self.knownUpTo = knownUpTo }

    /// Checks the next event in position order.
    public mutating func check(_ event: Event) {
        checked += 1
        if event.position != position + 1 {
            let missing = position + 1 == event.position - 1 ? "\(position + 1)" : "\(position + 1)-\(event.position - 1)"
            report(
                event.position > position ? position + 1 : event.position, event.session,
                event.position > position ? "missing: \(missing) is not in the log" : "position is out of order")
        }
        position = event.position
        let head = heads[event.session] ?? Head(firstPosition: event.position, version: 0, hash: EventHash.genesis)
        if event.version != head.version + 1 {
            report(event.position, event.session, "sequence \(event.version) follows \(head.version)")
        }
        if event.previousHash != head.hash {
            report(event.position, event.session, "prev_hash is not the hash of the event before")
        }
        if let data = event.data, let salt = event.salt {
            if EventHash.commitment(salt: salt, data: data) != event.dataCommitment {
                report(event.position, event.session, "data does not match its commitment")
            }
        } else if event.data != nil || event.salt != nil {
            report(event.position, event.session, "data and salt must be erased together")
        } else {
            erased[event.session] = erased[event.session] ?? event.position
        }
        if EventHash.hash(of: event) != event.hash {
            report(event.position, event.session, "hash does not match the envelope")
        }
        if event.type == .sessionErased { erased[event.session] = nil }
        heads[event.session] = Head(firstPosition: head.firstPosition, version: event.version, hash: event.hash)
    }

    /// Checks the stored head of a stream against the newest event at or below its version.
    public mutating func checkHead(
        session: String, version: Int64, hash: Digest32, newest: (version: Int64, hash: Digest32)?
    ) {
        guard let newest else {
            report(nil, session, "the stream has a head but no event")
            return
        }
        if newest.version != version {
            report(nil, session, "version is \(version), but the newest event is \(newest.version)")
        } else if newest.hash != hash {
            report(nil, session, "head hash is not the hash of the newest event")
        }
    }

    /// To be called last, after every head was checked.
    ///
    /// - Parameter knownStreams: the sessions that had a stream row before the first event was read.
    public mutating func finish(knownStreams: Set<String>) {
        for (session, head) in heads.sorted(by: { $0.key < $1.key })
        where !knownStreams.contains(session) && head.firstPosition <= knownUpTo {
            report(nil, session, "events without a stream row")
        }
        // An erased body is legitimate only where the stream says who erased it.
        for (session, position) in erased.sorted(by: { $0.value < $1.value }) {
            report(position, session, "erased data without a session.erased event")
        }
    }

    private mutating func report(_ position: Int64?, _ session: String?, _ reason: String) {
        findings.append(Finding(position: position, session: session, reason: reason))
    }
}
