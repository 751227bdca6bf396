import Events

/// Ids for tests that need no new ones.
enum Names {
    static let sessionA = "sessionA_____________"
    static let sessionB = "sessionB_____________"
    static let sessionC = "sessionC_____________"
    static let fileA = "fileA________________"
    static let fileB = "fileB________________"
    static let fileC = "fileC________________"
    static let executionA = "executionA___________"
    static let executionB = "executionB___________"
}

/// An event of a type that means nothing to the log.
func note(_ text: String = "", execution: String? = nil) -> NewEvent {
    NewEvent(EventType(rawValue: "test.noted"), execution: execution, body: ["note": .string(text)])
}

extension Event {
    /// What `note` said.
    var note: String? { body["note"]?.string }
}
