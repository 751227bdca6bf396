import Executor
import HTTP

extension Settings {
    /// Programmatic tool calls (CONTRACT 9).
    mutating func readTools(_ environment: inout Environment) {
        let lifetime = environment.integer("PTC_TTL_SECONDS", default: 86400, in: 1...2_592_000)
        http.limits.toolTokenLifetime = .seconds(lifetime)
        executor.toolWaitSeconds = lifetime
        executor.toolPauseSeconds = environment.integer("PTC_PAUSE_SECONDS", default: 120, in: 0...86400)
        executor.maximumToolCalls = environment.integer("PTC_MAX_TOOL_CALLS", default: 200, in: 1...10_000)
        executor.maximumToolRounds = environment.integer("PTC_MAX_ROUND_TRIPS", default: 50, in: 1...10_000)
    }
}
