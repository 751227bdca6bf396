import Events
import Synchronization

/// Records a run's output while it runs, because somebody watches (CONTRACT 5.11).
///
/// The thread that watches the run only hands its bytes over; a task appends what has gathered, at most once in
/// `interval`, so that a chatty program costs some appends a second and not one a line. Only the beginning of each
/// stream is recorded: the rest, and what came after the last append, is in the streams of the terminal event.
final class OutputRecorder: Sendable {
    static let interval = Duration.milliseconds(50)

    fileprivate struct Stream {
        /// Bytes that wait for the next append.
        var waiting: [UInt8] = []
        /// Where they begin in their stream.
        var offset: Int64 = 0
        var room: Int
    }

    private let execution: String
    private let streams: Mutex<(stdout: Stream, stderr: Stream)>

    /// - Parameter limit: bytes of each stream that are recorded at most.
    init(execution: String, limit: Int) {
        self.execution = execution
        streams = Mutex((Stream(room: limit), Stream(room: limit)))
    }

    /// Takes the next bytes of a stream. Returns at once.
    func take(_ stream: ProgramStream, _ bytes: [UInt8]) {
        streams.withLock { streams in
            switch stream {
            case .stdout: streams.stdout.take(bytes)
            case .stderr: streams.stderr.take(bytes)
            }
        }
    }

    /// Appends what comes until it is cancelled, or until an append is not taken.
    func record(_ append: @Sendable ([NewEvent]) async throws -> Bool) async {
        while (try? await Task.sleep(for: Self.interval)) != nil {
            let pieces = next()
            guard !pieces.isEmpty else { continue }
            let events = pieces.map { $0.event(execution: execution) }
            guard (try? await append(events)) == true else { return }
        }
    }

    /// What has gathered, as the bodies of its events.
    func next() -> [ExecutionOutput] {
        streams.withLock { [$0.stdout.next("stdout"), $0.stderr.next("stderr")].compactMap(\.self) }
    }
}

extension OutputRecorder.Stream {
    fileprivate mutating func take(_ bytes: [UInt8]) {
        guard room > 0 else { return }
        waiting.append(contentsOf: bytes.prefix(room))
        room -= min(bytes.count, room)
    }

    fileprivate mutating func next(_ name: String) -> ExecutionOutput? {
        guard !waiting.isEmpty else { return nil }
        defer {
            offset += Int64(waiting.count)
            waiting = []
        }
        return ExecutionOutput(stream: name, offset: offset, bytes: waiting)
    }
}
