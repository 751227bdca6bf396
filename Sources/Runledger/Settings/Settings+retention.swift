import Projections

/// How long things stay (CONTRACT 7.7).
struct RetentionSettings: Sendable {
    /// `SESSION_TTL_HOURS`.
    var life = SessionLife.endless
    /// `SESSION_CLEANUP_INTERVAL_MINUTES`.
    var cleanupInterval = Duration.seconds(600)

    init() {}

    init(_ environment: inout Environment) {
        life = SessionLife(hours: environment.integer("SESSION_TTL_HOURS", default: 0, in: 0...8760))
        cleanupInterval = .seconds(
            60 * environment.integer("SESSION_CLEANUP_INTERVAL_MINUTES", default: 10, in: 1...1440))
    }

    /// What an operator should know about these settings.
    var warning: String? {
        guard (1...23).contains(life.hours) else { return nil }
        return "SESSION_TTL_HOURS=\(life.hours): LibreChat keeps a file for 23 hours before it uploads it again, "
            + "so files of idle conversations will be lost"
    }
}
