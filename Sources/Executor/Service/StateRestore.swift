import Events
import Logging

/// The Python state that a run begins with (CONTRACT 8).
struct StateRestore: Sendable {
    /// What is restored; nil for a clean start.
    var current: CurrentState?
    var blob: [UInt8]?
    /// Why a state that is there is not restored.
    var errors: [String] = []

    /// Finds the state that a run is to begin with. Runs with state take turns, so nothing changes it before the run
    /// ends, except an upload or a deletion by a client.
    static func find(
        for requested: Event, log: any EventLog, blobs: any BlobStore, life: StateLife, logger: Logger
    ) async throws -> StateRestore {
        // The first event is the session's creation: there is no room for a state before this one.
        guard requested.version > 2 else { return StateRestore() }
        let session = requested.session
        guard let current = try await log.liveState(session: session, life: life, at: requested.time) else {
            return StateRestore()
        }
        do {
            return StateRestore(
                current: current, blob: try await blobs.bytes(session: session, sha256: current.blob.sha256))
        } catch let error as LogError where error.code == .corrupt {
            logger.error("stored state is missing", metadata: ["session": "\(session)", "error": "\(error)"])
            return StateRestore(errors: ["state: not restored, the run began clean: the stored bytes are missing"])
        }
    }

    func program(_ configuration: ExecutorConfiguration) -> ProgramState {
        ProgramState(
            blob: blob, limit: configuration.maximumStateBytes, capturesFailures: configuration.capturesFailedState)
    }
}
