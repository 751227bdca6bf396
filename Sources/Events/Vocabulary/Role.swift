/// What an identity may do (CONTRACT 3.3).
public enum Role: String, Sendable, CaseIterable {
    case client, auditor, admin
}
