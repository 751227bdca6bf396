/// The Python state a session has now: the fold of its state events (CONTRACT 8).
public struct CurrentState: Sendable, Equatable {
    /// Where it came from.
    public enum Source: String, Sendable {
        case saved, uploaded
    }

    /// An uploaded state wins for this long over one that a run saved meanwhile, in milliseconds (CONTRACT 8).
    static let uploadPriority: Int64 = 30_000
    /// How many of the newest state events decide: more runs cannot overlap one upload by 30 seconds, because runs
    /// with state take turns.
    public static let window = 64

    public var blob: StateBlob
    public var source: Source
    /// When it was saved or uploaded.
    public var createdAt: Timestamp
    /// Position of the event that brought it.
    public var position: Int64
    /// Sequence of that event in its session.
    public var version: Int64

    /// Folds state events; nil when the session has no state.
    ///
    /// - Parameter newestFirst: as `EventLog.stateEvents` gives them.
    public init?(newestFirst events: [Event]) {
        var current: CurrentState?
        for event in events.reversed() { Self.apply(event, to: &current) }
        guard let current else { return nil }
        self = current
    }

    private init(_ blob: StateBlob, _ source: Source, _ event: Event) {
        self.blob = blob
        self.source = source
        createdAt = event.time
        position = event.position
        version = event.version
    }

    private static func apply(_ event: Event, to current: inout CurrentState?) {
        // Erased: there is nothing left to restore.
        guard event.data != nil else { return current = nil }
        switch event.type {
        case .stateUploaded: current = CurrentState(StateUploaded(event.body).blob, .uploaded, event)
        case .stateSaved:
            let saved = StateSaved(event.body)
            if let upload = current, upload.source == .uploaded, saved.base != upload.position,
                event.time.milliseconds - upload.createdAt.milliseconds < uploadPriority
            {
                return
            }
            current = CurrentState(saved.blob, .saved, event)
        case .stateDeleted: current = nil
        default: break
        }
    }
}
