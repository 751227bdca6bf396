/// What went wrong with the views, beyond what the log and the database say themselves.
public struct ProjectionError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: Sendable, Hashable {
        /// Another rebuild or verification of this database is running.
        case busy
        /// The database session that made this process the projector, or paused it, is gone.
        case sessionLost
        /// Readers held the views so long that a rebuild could not point them at the new tables. It can be repeated.
        case viewsInUse
        /// The log ends before the position that the views claim to have reached.
        case logEndsEarly
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence for a person.
    public let message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the message.
    public var description: String { "\(code): \(message)" }
}
