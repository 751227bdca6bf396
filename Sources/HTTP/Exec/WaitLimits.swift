import Events
import Logging
import Projections

/// Why a run was given up in the queue (CONTRACT 5.9). Recorded in its terminal event, so that every replica answers
/// the same.
enum WaitOver: Equatable {
    /// No executor took it in so many seconds.
    case executor(seconds: Int64)
    /// Earlier runs of its session kept it from its turn for so many seconds.
    case turn(seconds: Int64)

    private static let executorCounter = "queue_timeout_seconds"
    private static let turnCounter = "turn_timeout_seconds"

    /// What a terminal event says about it; nil for every other end.
    init?(_ finished: ExecutionFinished) {
        guard finished.status == .error else { return nil }
        if let seconds = finished.counters[Self.executorCounter] {
            self = .executor(seconds: seconds)
        } else if let seconds = finished.counters[Self.turnCounter] {
            self = .turn(seconds: seconds)
        } else {
            return nil
        }
    }

    /// The terminal event of a run that is given up.
    var end: ExecutionFinished {
        var finished = ExecutionFinished(unrun: .error, .infrastructure, message: "Execution failed: \(reason)")
        switch self {
        case .executor(let seconds): finished.counters[Self.executorCounter] = seconds
        case .turn(let seconds): finished.counters[Self.turnCounter] = seconds
        }
        return finished
    }

    private var reason: String {
        switch self {
        case .executor(let seconds): "no executor was free within \(seconds) seconds"
        case .turn(let seconds): "the session stayed busy for \(seconds) seconds"
        }
    }

    /// The answer while it can still have a status.
    var error: APIError {
        switch self {
        case .executor: .unavailable("The run waited too long: \(reason)", retryAfter: 5)
        case .turn: .conflict("The run waited too long: \(reason)", code: "session_busy")
        }
    }
}

/// Gives up runs that waited too long. For runs that were not taken with their request only: the others wait for
/// nothing.
struct WaitLimits {
    let log: any EventLog
    let ledger: any LedgerReader
    /// `EXECUTION_QUEUE_TIMEOUT_SECONDS`.
    let executor: Duration
    /// `SESSION_LOCK_WAIT_SECONDS`.
    let turn: Duration
    let logger: Logger

    init(_ services: APIServices) {
        log = services.log
        ledger = services.ledger
        executor = services.limits.queueTimeout
        turn = services.limits.sessionLockWait
        logger = services.dependencies.logger
    }

    /// Waits until the run has waited too long, then ends it unless somebody holds it by then. To be cancelled when
    /// it has ended.
    ///
    /// A serial run waits for two things in a row: its turn in its session and an executor. Which of them it lacks is
    /// asked when the shorter wait is over, and again at the end of the longer.
    func watch(_ execution: String, in session: String, isSerial: Bool) async {
        do {
            let waits = isSerial ? [executor, turn].sorted() : [executor]
            var waited = Duration.zero
            for wait in waits {
                try await Task.sleep(for: wait - waited)
                waited = wait
                let lacksTurn = isSerial ? try await ledger.waitsForTurn(execution) : false
                guard waited >= (lacksTurn ? turn : executor) else { continue }
                let seconds = waited.components.seconds
                try await giveUp(
                    execution, in: session, because: lacksTurn ? .turn(seconds: seconds) : .executor(seconds: seconds))
            }
        } catch is CancellationError {
            return
        } catch {
            // It stays in the queue and will be run; whoever waits goes on waiting.
            logger.warning("giving up a run failed", metadata: ["execution": "\(execution)", "error": "\(error)"])
        }
    }

    /// Nothing happens when somebody holds the run or it has ended.
    private func giveUp(_ execution: String, in session: String, because wait: WaitOver) async throws {
        _ = try await log.append(
            Append(
                session: session, expected: .any, events: [wait.end.event(execution: execution)],
                fence: Fence(execution: execution, claim: nil)))
    }
}
