/// What a subscriber of ``PostgresListener`` is told.
public enum ListenerEvent: Sendable, Hashable {
    /// All channels are listened on from now on. Anything may have been missed before: read again.
    case listening(backendPID: Int32)
    /// Someone notified; `backendPID` is the server process that did.
    case notification(channel: String, payload: String, backendPID: Int32)
    /// The connection is lost; `listening` follows when it is back.
    case disconnected
}
