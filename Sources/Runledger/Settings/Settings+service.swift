import HTTP
import Projections

extension Settings {
    /// What the service pages and the access log are told.
    mutating func readService(_ environment: inout Environment) {
        http.sessionHours = retention.life.hours
        http.accessLogs = environment.flag("ENABLE_ACCESS_LOGS", default: true)
        http.limits.healthPatience = .seconds(environment.integer("HEALTH_CHECK_TIMEOUT", default: 5, in: 1...60))
    }
}
