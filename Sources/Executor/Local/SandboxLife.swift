internal import Synchronization

/// Keeps the order of a sandbox's use, and holds its end back until nobody uses it any more.
///
/// A descriptor's number passes to the next file that is opened, so none may be closed while a thread still works
/// with it: `destroy` first forbids new uses, then waits for those under way.
final class SandboxLife: Sendable {
    enum Stage: Sendable {
        case fresh
        case running
        case ended
        case destroyed
    }

    private struct State {
        var stage = Stage.fresh
        var uses = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Runs `body` if the sandbox is at `stage`, and keeps the sandbox until it returns.
    func use<Result>(at stage: Stage, _ misuse: String, _ body: () async throws -> Result) async throws -> Result {
        try begin(at: stage, misuse)
        defer { end() }
        return try await body()
    }

    /// The same for something that returns at once.
    func useNow<Result>(at stage: Stage, _ misuse: String, _ body: () throws -> Result) throws -> Result {
        try begin(at: stage, misuse)
        defer { end() }
        return try body()
    }

    /// The one run: from fresh to ended.
    func run<Result>(_ body: () async throws -> Result) async throws -> Result {
        try begin(at: .fresh, "run twice, or after destroy", next: .running)
        defer {
            state.withLock { if $0.stage == .running { $0.stage = .ended } }
            end()
        }
        return try await body()
    }

    /// Forbids every use. Returns false if that was done before.
    func close() -> Bool {
        state.withLock { state in
            defer { state.stage = .destroyed }
            return state.stage != .destroyed
        }
    }

    /// Returns when no use is under way. After ``close()``.
    func waitUntilUnused() async {
        await withCheckedContinuation { continuation in
            let isUnused = state.withLock { state in
                if state.uses > 0 { state.waiting.append(continuation) }
                return state.uses == 0
            }
            if isUnused { continuation.resume() }
        }
    }

    private func begin(at stage: Stage, _ misuse: String, next: Stage? = nil) throws {
        try state.withLock { state in
            guard state.stage == stage else { throw SandboxError(.misuse, misuse) }
            state.uses += 1
            if let next { state.stage = next }
        }
    }

    private func end() {
        let waiting = state.withLock { state in
            state.uses -= 1
            guard state.uses == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
