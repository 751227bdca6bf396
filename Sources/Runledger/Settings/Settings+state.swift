import Events
import Executor
import HTTP

extension Settings {
    /// Python state (CONTRACT 8, 14).
    mutating func readState(_ environment: inout Environment) {
        http.statePersistence = environment.flag("STATE_PERSISTENCE_ENABLED", default: true)
        let seconds = environment.integer("STATE_TTL_SECONDS", default: 7200, in: 1...315_360_000)
        let days = environment.integer("STATE_ARCHIVE_TTL_DAYS", default: 7, in: 1...3650)
        let isArchived = environment.flag("STATE_ARCHIVE_ENABLED", default: true)
        http.stateLife = StateLife(seconds: seconds, archiveDays: isArchived ? days : nil)
        http.limits.maxStateBytes = environment.integer("STATE_MAX_SIZE_MB", default: 50, in: 1...1024) << 20
        executor.maximumStateBytes = http.limits.maxStateBytes
        executor.stateLife = http.stateLife
        executor.capturesFailedState = environment.flag("STATE_CAPTURE_ON_ERROR", default: false)
    }
}
