/// The Python state a program is to begin with, and how its own is saved (CONTRACT 8).
struct ProgramState: Sendable {
    /// What an earlier run saved, version byte included; nil begins clean. Opaque: only a sandbox reads it.
    var blob: [UInt8]?
    /// Bytes that a saved state may have.
    var limit: Int
    /// Whether a program that failed is saved too.
    var capturesFailures: Bool
}

/// What a sandbox tells about the state of the program that it ran. All of it may be made up by the program.
struct CapturedState: Sendable, Equatable {
    /// Whether the driver got past restoring: false if the run ended before.
    var isRestored = false
    /// The state after the program; nil if there is nothing to save.
    var blob: [UInt8]?
    /// What was not restored or not saved, a text each.
    var errors: [String] = []
    /// Whether the driver looked at the program's variables at all.
    var isReported = false
}
