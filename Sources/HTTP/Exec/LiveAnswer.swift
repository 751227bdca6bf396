import Events
import HTTPTypes
import Hummingbird
import NIOCore

/// An answer sent while the run goes on, as server-sent events (CONTRACT 5.11).
///
/// The executor records output as events; this follows the log, so it shows a run of any replica. What was not
/// recorded when the run ended is read from its kept streams: the pieces always join to their beginning.
struct LiveAnswer: Sendable {
    /// A run that has ended: its answer, and its streams for what was not shown yet.
    struct Ended: Sendable {
        var json: [UInt8]
        var session: String
        var stdout: StreamRecord
        var stderr: StreamRecord
    }

    private enum Signal: Sendable {
        case output(ExecutionOutput)
        case silence(Int)
        case ended(Result<Ended, any Error>)
    }

    let run: RunDecision
    let blobs: any BlobStore
    let limits: HTTPConfiguration.Limits
    let context: APIRequestContext
    /// Whether stdout has the larger cap of a file that is read.
    let readsFile: Bool
    /// The log from before the run was in it. Nil for a run that was asked for before: it is told in one event.
    let events: AsyncStream<[Event]>?

    static func isAsked(for headers: HTTPFields) -> Bool {
        headers[values: .accept].contains { $0.lowercased().contains("text/event-stream") }
    }

    /// - Parameter work: carried through even when the client is gone.
    func response(headers: HTTPFields, _ work: @escaping @Sendable () async throws -> Ended) -> Response {
        let ongoing = OngoingWork(work)
        var headers = headers
        headers[.contentType] = "text/event-stream"
        headers[.cacheControl] = "no-store"
        headers[.accelBuffering] = "no"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                try await send(ongoing, to: &writer)
                try await writer.finish(nil)
            })
    }

    private func send(_ ongoing: OngoingWork<Ended>, to writer: inout any ResponseBodyWriter) async throws {
        let (signals, source) = AsyncStream.makeStream(of: Signal.self)
        let follower = Task { await follow(source) }
        let ender = Task {
            do {
                source.yield(.ended(.success(try await ongoing.value())))
            } catch {
                source.yield(.ended(.failure(error)))
            }
        }
        defer { follower.cancel() }
        var transcript = Transcript(run, limits, readsFile: readsFile)
        if events != nil { try await writer.write(transcript.start()) }
        var silence = Silence(source)
        defer { silence.end() }
        silence.begin()
        for await signal in signals {
            switch signal {
            case .output(let piece):
                for frame in transcript.frames(piece) {
                    try await writer.write(frame)
                    silence.begin()
                }
            case .silence(let number):
                guard silence.isCurrent(number) else { continue }
                try await writer.write(ServerSentEvent.ping)
                silence.begin()
            case .ended(.success(let ended)):
                if events != nil { try await sendRest(of: ended, &transcript, to: &writer) }
                return try await writer.write(ServerSentEvent.encode("result", ended.json))
            case .ended(.failure(let error)): return try await writer.write(failure(error))
            }
        }
        // This task was cancelled: the process is to end. Without that the run goes on without its listener.
        ender.cancel()
        try await writer.write(failure(CancellationError()))
    }

    private func failure(_ error: any Error) -> ByteBuffer {
        let answer = APIError.logged(error, context)
        return ServerSentEvent.encode(
            "error", JSONWriter.compact(answer.json(requestID: context.requestID, now: .now())))
    }

    private func follow(_ source: AsyncStream<Signal>.Continuation) async {
        guard let events else { return }
        for await batch in events {
            for event in batch where event.execution == run.execution && event.type == .executionOutput {
                source.yield(.output(ExecutionOutput(event.body)))
            }
        }
    }

    private func sendRest(
        of ended: Ended, _ transcript: inout Transcript, to writer: inout any ResponseBodyWriter
    ) async throws {
        for (stream, record) in [(\Transcript.stdout, ended.stdout), (\Transcript.stderr, ended.stderr)] {
            if !transcript[keyPath: stream].isOver, transcript[keyPath: stream].offset < record.keptBytes {
                var start: Int64 = 0
                for try await piece in blobs.read(session: ended.session, sha256: record.sha256) {
                    for frame in transcript.frames(piece, at: start, of: stream) { try await writer.write(frame) }
                    start += Int64(piece.count)
                    if transcript[keyPath: stream].isOver { break }
                }
            }
            for frame in transcript.end(stream, isComplete: record.keptBytes == record.totalBytes) {
                try await writer.write(frame)
            }
        }
    }

    /// Wakes the writer when it has sent nothing for a while.
    private struct Silence {
        private let source: AsyncStream<Signal>.Continuation
        private var number = 0
        private var timer: Task<Void, any Error>?

        init(_ source: AsyncStream<Signal>.Continuation) { self.source = source }

        mutating func begin() {
            timer?.cancel()
            number += 1
            timer = Task { [source, number] in
                try await Task.sleep(for: ServerSentEvent.silence)
                source.yield(.silence(number))
            }
        }

        func isCurrent(_ number: Int) -> Bool { number == self.number }

        func end() { timer?.cancel() }
    }
}

/// Both streams of a run as numbered events.
struct Transcript {
    private let run: RunDecision
    fileprivate(set) var stdout: LiveStream
    fileprivate(set) var stderr: LiveStream
    private var number = 0

    init(_ run: RunDecision, _ limits: HTTPConfiguration.Limits, readsFile: Bool) {
        self.run = run
        let isVerbatim = run.requested.language == "bash"
        stdout = LiveStream(
            "stdout", verbatim: isVerbatim, cap: readsFile ? limits.fileReadMaxChars : limits.maxOutputChars)
        stderr = LiveStream("stderr", verbatim: isVerbatim, cap: limits.maxOutputChars)
    }

    func start() -> ByteBuffer {
        ServerSentEvent.encode(
            "start",
            JSONWriter.compact([
                "execution_id": .string(run.execution), "session_id": .string(run.session),
                "language": .string(run.requested.language),
            ]))
    }

    mutating func frames(_ piece: ExecutionOutput) -> [ByteBuffer] {
        frames(piece.bytes, at: piece.offset, of: piece.stream == "stdout" ? \.stdout : \.stderr)
    }

    mutating func frames(
        _ bytes: [UInt8], at start: Int64, of stream: WritableKeyPath<Transcript, LiveStream>
    ) -> [ByteBuffer] {
        let pieces = self[keyPath: stream].take(bytes, at: start)
        return encode(pieces, self[keyPath: stream].name)
    }

    mutating func end(_ stream: WritableKeyPath<Transcript, LiveStream>, isComplete: Bool) -> [ByteBuffer] {
        let pieces = self[keyPath: stream].end(isComplete: isComplete)
        return encode(pieces, self[keyPath: stream].name)
    }

    private mutating func encode(_ pieces: [LiveStream.Piece], _ name: StaticString) -> [ByteBuffer] {
        pieces.map { piece in
            number += 1
            var json = JSONText(capacity: 64)
            json.add("seq", .int(number))
            switch piece {
            case .text(let text): json.add("text", text: text)
            case .truncated: json.add("truncated", true)
            }
            return ServerSentEvent.encode(name, json.finish())
        }
    }
}
