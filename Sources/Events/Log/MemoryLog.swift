public import FoundationEssentials
import Logging
import Synchronization

/// The log in memory: same verdicts, same hashes, same order; nothing durable. For tests of what stands above the
/// log, which then run without a database. Passes the conformance suite of `PostgresLog`.
public actor MemoryLog: EventLog, ExecutionQueue, BlobStore {
    private struct Stream {
        var version: Int64 = 0
        var headHash = EventHash.genesis
        var isHeld = false
    }

    private struct QueueRow {
        var requested: Event
        var owner: String
        var claim: UUID?
        var executor: UUID?
        var attempt: Int64
        var isSerial: Bool
        var isWaiting = false
        var waitingSince: Timestamp?
        var cancelled: TerminationReason?
    }

    private struct Lease {
        var name: String
        var until: ContinuousClock.Instant
    }

    private struct BlobKey: Hashable {
        var session: String
        var sha256: Digest32
    }

    private let now: @Sendable () -> Timestamp
    private let committed = CommittedEvents()
    private var events: [Event] { committed.all }
    private var streams: [String: Stream] = [:]
    private var commands: [UUID: Range<Int>] = [:]
    private var queue: [String: QueueRow] = [:]
    private var leases: [UUID: Lease] = [:]
    private var blobs: [BlobKey: [UInt8]] = [:]
    private var contents: [UUID: [UInt8]] = [:]
    private var runtimes: [Digest32: String] = [:]
    private let follower: Follower

    /// - Parameter now: the clock of the log; its time never runs backwards even if this does.
    public init(now: @escaping @Sendable () -> Timestamp = { .now() }) {
        self.now = now
        follower = Follower(logger: Logger(label: "memory-log")) { [committed] after, limit in
            Array(committed.all.dropFirst(Int(after)).prefix(limit))
        }
    }

    public func append(_ append: Append) async throws -> AppendOutcome {
        guard !append.events.isEmpty else { throw LogError(.invalid, "an append needs at least one event") }
        let outcome = try judge(append)
        if case .ok(let events) = outcome {
            await follower.start(at: 0)
            await follower.deliver(events)
        }
        return outcome
    }

    private func judge(_ append: Append) throws -> AppendOutcome {
        if let range = commands[append.command] { return .duplicate(events: Array(events[range])) }
        var stream = streams[append.session] ?? Stream()
        if let fence = append.fence {
            guard let row = queue[fence.execution], row.claim == fence.claim else { return .fenced }
        }
        if append.expected != .any, append.expected.wire != stream.version { return .conflict(version: stream.version) }
        let ending: Set<EventType> = [.sessionDeleted, .sessionErased, .sessionExpired]
        if stream.isHeld, append.events.contains(where: { ending.contains($0.type) }) { return .held }
        if append.isSerial, append.eagerClaim != nil,
            queue.values.contains(where: { $0.isSerial && $0.requested.session == append.session })
        {
            return .busy
        }
        if let first = append.events.first, first.type == .sessionCreated,
            let runtime = SessionCreated((try? JSONParser.parse(first.data)) ?? .null).runtime
        {
            if let bound = runtimes[runtime.key], bound != runtime.replaces { return .conflict(version: stream.version) }
            runtimes[runtime.key] = append.session
        }
        for event in append.events where event.type == .executionRequested {
            guard append.queueOwner != nil, let execution = event.execution, queue[execution] == nil else {
                throw LogError(.invalid, "a request needs an owner and an execution that is not queued yet")
            }
        }

        let first = events.count
        let time = max(now(), events.last?.time ?? Timestamp(milliseconds: 0))
        for new in append.events {
            stream.version += 1
            var event = Event(
                position: Int64(events.count + 1), session: append.session, version: stream.version, type: new.type,
                time: time, execution: new.execution, data: new.data, salt: new.salt,
                dataCommitment: EventHash.commitment(salt: new.salt, data: new.data),
                previousHash: stream.headHash, hash: [])
            event.hash = EventHash.hash(of: event)
            stream.headHash = event.hash
            committed.append(event)
            follow(event, append, &stream)
        }
        streams[append.session] = stream
        commands[append.command] = first..<events.count
        for blob in append.blobs { blobs[BlobKey(session: blob.session, sha256: blob.sha256)] = blob.bytes }
        for content in append.contents {
            blobs[BlobKey(session: content.session, sha256: content.sha256)] = contents[content.content] ?? []
        }
        return .ok(events: Array(events[first...]))
    }

    private func follow(_ event: Event, _ append: Append, _ stream: inout Stream) {
        switch event.type {
        case .executionRequested:
            queue[event.execution ?? ""] = QueueRow(
                requested: event, owner: append.queueOwner ?? "", claim: append.eagerClaim?.claim,
                executor: append.eagerClaim?.executor, attempt: append.eagerClaim == nil ? 0 : 1,
                isSerial: append.isSerial)
        case .executionFinished: queue[event.execution ?? ""] = nil
        case .executionToolCallRequested:
            queue[event.execution ?? ""]?.isWaiting = true
            queue[event.execution ?? ""]?.waitingSince = event.time
        case .executionToolResultsRecorded:
            queue[event.execution ?? ""]?.isWaiting = false
            queue[event.execution ?? ""]?.attempt = 0
        case .executionCancelRequested:
            queue[event.execution ?? ""]?.isWaiting = false
            if queue[event.execution ?? ""]?.cancelled == nil {
                queue[event.execution ?? ""]?.cancelled = ExecutionCancelRequested(event.body).reason
            }
        case .sessionHeld: stream.isHeld = true
        case .sessionReleased: stream.isHeld = false
        default: break
        }
    }

    public func read(after position: Int64, limit: Int) async throws -> [Event] {
        Array(events.dropFirst(Int(position)).prefix(limit))
    }

    public func read(session: String, after version: Int64, limit: Int) async throws -> [Event] {
        Array(events.lazy.filter { $0.session == session && $0.version > version }.prefix(limit))
    }

    public func head() async throws -> Int64 { Int64(events.count) }

    public func follow() async -> AsyncStream<[Event]> {
        await follower.start(at: Int64(events.count))
        return await follower.follow()
    }

    public func milestone(execution: String, session: String, after position: Int64) async throws -> Event {
        try await follower.milestone(of: execution, after: position) {
            await self.milestoneEvent(execution, after: position)
        }
    }

    private func milestoneEvent(_ execution: String, after position: Int64) -> Event? {
        events.first {
            $0.execution == execution && $0.position > position
                && ($0.type == .executionFinished || $0.type == .executionToolCallRequested)
        }
    }

    public func stateEvents(session: String, limit: Int) async throws -> [Event] {
        let types: Set<EventType> = [.stateSaved, .stateUploaded, .stateDeleted]
        return Array(events.lazy.filter { $0.session == session && types.contains($0.type) }.reversed().prefix(limit))
    }

    // MARK: Queue

    public func claim(executor: UUID, limit: Int) async throws -> [ClaimedExecution] {
        let isFree = { (row: QueueRow) in
            row.executor.flatMap { self.leases[$0] }.map { $0.until <= .now } ?? true
        }
        var running: [String: Int] = [:]
        for row in queue.values where !isFree(row) { running[row.owner, default: 0] += 1 }
        let isOpen = { (row: QueueRow) in
            isFree(row) && !row.isWaiting
                && !(row.isSerial
                    && self.queue.values.contains {
                        $0.isSerial && $0.requested.session == row.requested.session
                            && $0.requested.position < row.requested.position
                    })
        }
        let ranked = queue.values.filter(isOpen).sorted { $0.requested.position < $1.requested.position }
            .map { row in
                running[row.owner, default: 0] += 1
                return (rank: running[row.owner] ?? 0, row: row)
            }
            .sorted { ($0.rank, $0.row.requested.position) < ($1.rank, $1.row.requested.position) }
        return ranked.prefix(limit).map { _, row in
            let claim = UUID()
            let execution = row.requested.execution ?? ""
            queue[execution]?.claim = claim
            queue[execution]?.executor = executor
            queue[execution]?.attempt += 1
            return ClaimedExecution(
                requested: row.requested, claim: claim, attempt: row.attempt + 1, recorded: false,
                cancelled: row.cancelled)
        }
    }

    public func heartbeat(executor: UUID, name: String, capacity: Int, lease: Int) async throws {
        leases[executor] = Lease(name: name, until: .now + .seconds(lease))
    }

    public func held(by executor: UUID) async throws -> [UUID] {
        queue.values.filter { $0.executor == executor }.compactMap(\.claim)
    }

    public func release(_ claims: [UUID], of executor: UUID) async throws {
        for (execution, row) in queue where row.executor == executor && claims.contains(where: { $0 == row.claim }) {
            queue[execution]?.executor = nil
            queue[execution]?.claim = nil
        }
    }

    public func overdueWaits(longerThan seconds: Int) async throws -> [OverdueWait] {
        let limit = now().milliseconds - Int64(seconds) * 1000
        return queue.compactMap { execution, row in
            guard row.isWaiting, let since = row.waitingSince, since.milliseconds <= limit,
                row.executor.flatMap({ leases[$0] }).map({ $0.until > .now }) != true
            else { return nil }
            return OverdueWait(
                execution: execution, session: row.requested.session,
                version: streams[row.requested.session]?.version ?? 0, claim: row.claim)
        }
    }

    public func retire(executor: UUID) async throws { leases[executor] = nil }

    public func executorNames() async throws -> [String] { leases.values.map(\.name) }

    public func retire(named names: [String]) async throws {
        leases = leases.filter { !names.contains($0.value.name) }
    }

    // MARK: Blobs

    public nonisolated func writer(session: String) -> any BlobWriter { MemoryBlobWriter(log: self, session: session) }

    public func bytes(session: String, sha256: Digest32) async throws -> [UInt8] {
        guard let bytes = blobs[BlobKey(session: session, sha256: sha256)] else {
            throw LogError(.corrupt, "no blob \(sha256.hex) in session \(session)")
        }
        return bytes
    }

    public nonisolated func read(session: String, sha256: Digest32) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { continuation in
            Task {
                do {
                    let bytes = try await self.bytes(session: session, sha256: sha256)
                    let size = PostgresBlobStore.partSize
                    for start in stride(from: 0, to: bytes.count, by: size) {
                        continuation.yield(Array(bytes[start..<min(start + size, bytes.count)]))
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
    }

    fileprivate func store(_ bytes: [UInt8], as content: UUID) { contents[content] = bytes }
}

/// What the log and its follower both read: appends may reach the follower in another order than they were judged
/// in, and then it reads them here.
private final class CommittedEvents: Sendable {
    private let events = Mutex<[Event]>([])

    var all: [Event] { events.withLock { $0 } }

    func append(_ event: Event) { events.withLock { $0.append(event) } }
}

private actor MemoryBlobWriter: BlobWriter {
    private let log: MemoryLog
    private let session: String
    private let content = Identifier.timeOrdered()
    private var buffer: [UInt8] = []

    init(log: MemoryLog, session: String) {
        self.log = log
        self.session = session
    }

    func write(_ bytes: [UInt8]) async throws { buffer.append(contentsOf: bytes) }

    func finish() async throws -> StoredContent {
        await log.store(buffer, as: content)
        return StoredContent(
            session: session, content: content, sha256: EventHash.sha256(buffer), size: Int64(buffer.count), parts: 1)
    }

    func discard() async {}
}
