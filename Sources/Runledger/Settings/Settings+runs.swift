import Executor
import HTTP

extension Settings {
    /// How runs wait, and how their answers are sent (CONTRACT 5.9 to 5.11).
    mutating func readRuns(_ environment: inout Environment) {
        http.limits.queueTimeout = .seconds(
            environment.integer("EXECUTION_QUEUE_TIMEOUT_SECONDS", default: 30, in: 1...86400))
        http.limits.sessionLockWait = .seconds(
            environment.integer("SESSION_LOCK_WAIT_SECONDS", default: 60, in: 1...86400))
        http.limits.streamKeepalive = .seconds(
            environment.integer("STREAM_KEEPALIVE_SECONDS", default: 3, in: 0...3600))
        http.limits.idempotencyLifetime = .seconds(
            3600 * environment.integer("IDEMPOTENCY_TTL_HOURS", default: 24, in: 1...168))
        // A scalar has at most four bytes.
        executor.maximumStreamedBytes = 4 * http.limits.maxOutputChars
        http.limits.cancelsOnDisconnect = environment.flag("CANCEL_ON_DISCONNECT", default: true)
    }
}
