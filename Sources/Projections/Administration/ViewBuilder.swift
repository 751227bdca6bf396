import Events

/// Fills the tables of a version from the log.
///
/// The same fold as the projector's, with another rhythm: changes pile up in memory and are written in large pieces,
/// so a row is written about once however often it changed. The next page is read and the last piece is written
/// while this one is folded.
struct ViewBuilder {
    /// Events of one page.
    private static let pageSize = 5_000
    /// A piece is written when it has so many rows or so many events.
    private static let rowsOfPiece = 10_000
    private static let eventsOfPiece = 100_000
    /// Rows kept in memory, some 200 MB.
    private static let memory = 400_000

    private let log: any EventLog
    private let tables: ProjectionTables
    private let progress: @Sendable (RebuildProgress) -> Void
    private var fold = LedgerFold(memory: memory)
    /// Newest event folded, and newest event in the tables.
    private var cursor: Int64 = 0
    private var checkpoint: Int64 = 0
    private var eventsSincePiece = 0
    private var writing: Task<Void, any Error>?
    /// Events folded so far.
    private(set) var events: Int64 = 0

    init(_ log: any EventLog, _ tables: ProjectionTables, progress: @escaping @Sendable (RebuildProgress) -> Void) {
        self.log = log
        self.tables = tables
        self.progress = progress
    }

    /// Position of the newest event in the tables.
    var position: Int64 { checkpoint }

    /// Goes on until every event up to `target` is in the tables, and none after it.
    mutating func build(to target: Int64) async throws {
        guard target > cursor else { return }
        var next = read(after: cursor)
        defer { next.cancel() }
        while cursor < target {
            try Task.checkCancellation()
            let page = try await next.value
            guard let last = page.last else {
                throw ProjectionError(.logEndsEarly, "The log ends at \(cursor), the views claim to be at \(target)")
            }
            if last.position < target { next = read(after: last.position) }
            try await apply(last.position <= target ? page : page.filter { $0.position <= target })
            progress(RebuildProgress(phase: .folding, position: cursor, target: target))
        }
        try await write()
        try await finishWriting()
    }

    private func read(after position: Int64) -> Task<[Event], any Error> {
        Task { [log] in try await log.read(after: position, limit: Self.pageSize) }
    }

    private mutating func apply(_ page: [Event]) async throws {
        guard let last = page.last else { return }
        let missing = fold.missing(for: page)
        if !missing.isEmpty {
            // What is missing may be on its way into the tables.
            try await finishWriting()
            let (sessions, executions) = try await tables.load(missing)
            fold.insert(sessions, executions)
        }
        fold.apply(page)
        cursor = last.position
        events += Int64(page.count)
        eventsSincePiece += page.count
        if fold.changeCount >= Self.rowsOfPiece || eventsSincePiece >= Self.eventsOfPiece { try await write() }
    }

    private mutating func write() async throws {
        try await finishWriting()
        guard cursor > checkpoint else { return }
        let changes = fold.takeChanges()
        fold.trim()
        eventsSincePiece = 0
        let (from, to) = (checkpoint, cursor)
        checkpoint = cursor
        writing = Task { [tables] in try await tables.write(changes, from: from, to: to) }
    }

    private mutating func finishWriting() async throws {
        try await writing?.value
        writing = nil
    }
}
