/// What a migration did.
public struct MigrationReport: Sendable, Hashable {
    /// The steps applied now, in order, by file name without `.sql`.
    public var applied: [String] = []
    /// Whether the functions were replaced.
    public var functionsReplaced = false
    /// The number of the newest step that the database has now; 0 for none.
    public var version = 0

    /// Whether anything changed.
    public var didChange: Bool { !applied.isEmpty || functionsReplaced }
}
