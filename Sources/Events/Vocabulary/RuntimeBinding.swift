/// What a `runtime_session_hint` means (CONTRACT 5.2, rule 2): a name that one end user of one owner gives a session.
public struct RuntimeBinding: Sendable, Equatable {
    /// As the client sent it.
    public var hint: String
    /// Digest of owner, end user and hint: what the log decides by.
    public var key: Digest32
    /// The session it meant before, which is no longer live. The append is a conflict when it means yet another one.
    public var replaces: String?

    /// The meaning of a hint before anything is known of it.
    public init(owner: Owner, endUser: String?, hint: String) {
        self.hint = hint
        key = EventHash.sha256(
            JSONWriter.canonical(
                [.string(owner.tenant), .string(owner.principal), .string(orNull: endUser), .string(hint)]))
    }

    /// `append` reads two of them by the letter.
    var members: [JSONMember] {
        [
            JSONMember("runtime_hint", .string(hint)), JSONMember("runtime_key", .string(key.hex)),
            JSONMember("runtime_replaces", .string(orNull: replaces)),
        ]
    }

    init?(_ json: JSONValue) {
        guard let hint = json["runtime_hint"]?.string,
            let key = json["runtime_key"]?.string.flatMap({ [UInt8](hex: $0) })
        else { return nil }
        self.hint = hint
        self.key = key
        replaces = json["runtime_replaces"]?.string
    }
}

/// Whether a run that a runtime hint brought to its session made that session (CONTRACT 5.2).
public enum RuntimeStatus: String, Sendable {
    case new, reused
}
