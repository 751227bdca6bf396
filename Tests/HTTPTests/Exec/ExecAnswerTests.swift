import Events
import Testing

@testable import HTTP

@Suite struct ExecAnswerTests {
    private let session = Make.id("s")

    private func finished(
        exit: Int64? = 0, status: ExecutionStatus = .completed, message: String? = nil, files: [OutputFile] = [],
        stdout: Int64 = 0
    ) -> ExecutionFinished {
        ExecutionFinished(
            status: status, reason: .exited, exitCode: exit, signal: nil, message: message,
            stdout: StreamRecord(sha256: [], totalBytes: stdout, keptBytes: stdout),
            stderr: StreamRecord(sha256: [], totalBytes: 0, keptBytes: 0), startedAt: nil, duration: 12, compile: nil,
            cpu: nil, memoryPeak: nil, files: files, skipped: [], counters: [:], attempt: 1, executor: "e",
            executorKind: "local", sandboxSource: "local", toolchain: nil)
    }

    private func answer(
        _ finished: ExecutionFinished, inputs: [ExecutionInput] = [], streams: ExecStreams = ExecStreams()
    ) throws -> JSONValue {
        let event = Event(
            position: 7, session: session, version: 3, type: .executionFinished, time: .now(), execution: "e",
            data: nil,
            salt: nil, dataCommitment: [], previousHash: [], hash: Array(repeating: 0xAB, count: 32))
        let answer = ExecAnswer(
            session: session, execution: "e", requested: requested(inputs), finished: finished, event: event,
            streams: streams)
        return try JSONParser.parse(answer.json())
    }

    private func requested(_ inputs: [ExecutionInput]) -> ExecutionRequested {
        ExecutionRequested(
            language: "bash", codeSHA256: [], codeSize: 1, arguments: [], timeout: 1000, inputs: inputs,
            missing: [MissingInput(id: "x", name: nil)], endUser: nil, entityID: nil, owner: Make.alice,
            actor: Actor(id: "a", kind: "api_key"), sessionBytes: 0, sessionNames: 0)
    }

    private func input(_ letter: Character, _ name: String, echoed: Bool) -> ExecutionInput {
        ExecutionInput(
            file: FileReference(id: Make.id(letter), session: "u"), name: name, size: 1, sha256: [], readOnly: false,
            requested: true, echoed: echoed, bucket: "as-sent")
    }

    @Test func `all members are there in the contract's order`() throws {
        let names = try answer(finished()).members?.map(\.name)
        #expect(
            names == [
                "session_id", "stdout", "stderr", "files", "has_state", "state_size", "state_hash", "code", "signal",
                "message",
                "status", "wall_time", "execution_id", "execution_status", "termination_reason", "exit_code",
                "duration_ms",
                "language", "truncation", "inputs_missing", "files_skipped", "state_errors", "receipt",
            ])
    }

    @Test func `generated files come first, by path, with both buckets equal to the session`() throws {
        let files = [
            OutputFile(id: "2", name: "b", size: 2, sha256: [], modifiedFrom: FileReference(id: "0", session: "u")),
            OutputFile(id: "1", name: "a/z", size: 1, sha256: [], modifiedFrom: nil),
        ]
        let json = try answer(finished(files: files), inputs: [input("f", "c", echoed: true)])
        let list = try #require(json["files"]?.array)
        #expect(list.map { $0["name"] } == ["a/z", "b", "c"])
        #expect(list[0]["session_id"] == .string(session) && list[0]["storage_session_id"] == .string(session))
        #expect(list[0]["modified_from"] == nil)
        #expect(list[1]["modified_from"] == ["id": "0", "storage_session_id": "u"])
        #expect(list[2].members?.map(\.name) == ["id", "name", "session_id", "storage_session_id", "inherited"])
        #expect(list[2]["storage_session_id"] == "as-sent")
    }

    @Test func `an input is echoed only when asked for and not rewritten`() throws {
        let files = [OutputFile(id: "1", name: "b", size: 1, sha256: [], modifiedFrom: nil)]
        let inputs = [input("f", "a", echoed: false), input("g", "b", echoed: true), input("h", "c", echoed: true)]
        let list = try #require(try answer(finished(files: files), inputs: inputs)["files"]?.array)
        #expect(list.map { $0["name"] } == ["b", "c"])
    }

    @Test func `an input that the program removed is not echoed`() throws {
        var run = finished()
        run.removed = ["a"]
        let inputs = [input("f", "a", echoed: true), input("g", "b", echoed: true)]
        let list = try #require(try answer(run, inputs: inputs)["files"]?.array)
        #expect(list.map { $0["name"] } == ["b"])
    }

    @Test func `status is OL or null, never anything else`() throws {
        var streams = ExecStreams()
        #expect(try answer(finished(), streams: streams)["status"] == .null)
        streams.isStdoutCut = true
        #expect(try answer(finished(), streams: streams)["status"] == "OL")
        streams.isRefused = true
        #expect(try answer(finished(), streams: streams)["status"] == .null)
    }

    @Test func `the receipt is the finished event's position and hash`() throws {
        let receipt = try answer(finished())["receipt"]
        #expect(receipt?["position"] == 7)
        #expect(receipt?["event_hash"] == .string(String(repeating: "ab", count: 32)))
    }

    @Test func `an infrastructure failure carries an error beside the usual members`() throws {
        var streams = ExecStreams()
        let run = finished(exit: nil, status: .error, message: "Execution failed: sandbox lost")
        streams.close(with: run)
        let json = try answer(run, streams: streams)
        #expect(json["error"] == "Execution failed: sandbox lost" && json["execution_status"] == "error")
    }

    @Test func `control characters and quotes in output are escaped`() throws {
        var streams = ExecStreams()
        streams.stdout = Array("\"\\\0\u{1F}\n\t\r/é".utf8)
        #expect(try answer(finished(), streams: streams)["stdout"] == "\"\\\0\u{1F}\n\t\r/é")
    }

    @Test func `the line about the end stands on a line of its own`() {
        var streams = ExecStreams(stderr: Array("half a line".utf8))
        streams.close(with: finished(exit: 124, status: .timeout, message: "Execution timed out after 3 seconds"))
        #expect(String(decoding: streams.stderr, as: UTF8.self) == "half a line\nExecution timed out after 3 seconds")
    }

    @Test func `a failure without a word gets one, a failure with words does not`() {
        var silent = ExecStreams()
        silent.close(with: finished(exit: 3, status: .failed))
        #expect(String(decoding: silent.stderr, as: UTF8.self) == "Code execution failed with exit code 3")
        #expect(silent.message == "Code execution failed with exit code 3")
        var loud = ExecStreams(stderr: Array("no\n".utf8))
        loud.close(with: finished(exit: 3, status: .failed))
        #expect(String(decoding: loud.stderr, as: UTF8.self) == "no\n")
        #expect(loud.message == nil)
    }
}
