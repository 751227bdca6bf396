import Events
import HTTPTypes
import Testing

@testable import HTTP

@Suite("Continuations of programmatic runs")
struct ContinuationTests {
    private let id = Identifier.random()

    @Test("A token is read back as it was written")
    func token() throws {
        let text = "\(id).\(id).12.\(id)"
        let token = try #require(ContinuationToken(parsing: text))
        #expect(token.text == text)
        #expect((token.session, token.execution, token.round, token.nonce) == (id, id, 12, id))
    }

    @Test("What no server issued is malformed")
    func malformedTokens() {
        for text in [
            "", "a", "\(id).\(id).1", "\(id).\(id).0.\(id)", "\(id).\(id).01.\(id)", "\(id).\(id).x.\(id)",
            "\(id).\(id).1.short", "\(id).\(id).1.\(id).", String(repeating: "a", count: 600),
        ] {
            #expect(ContinuationToken(parsing: text) == nil, "\(text)")
        }
    }

    private func request(_ results: JSONValue) throws -> ContinuationRequest {
        try ContinuationRequest(["continuation_token": .string("\(id).\(id).1.\(id)"), "tool_results": results])
    }

    private let calls = ["call_001", "call_002"].map { ToolCall(id: $0, name: "t", input: [:]) }

    @Test("Results are put into the order of the calls")
    func order() throws {
        let request = try request([["call_id": "call_002", "result": 2], ["call_id": "call_001", "result": nil]])
        #expect(
            try request.ordered(for: calls) == [
                ToolResult(callID: "call_001", outcome: .value(.null)),
                ToolResult(callID: "call_002", outcome: .value(2)),
            ])
    }

    @Test("An error has a text in any case")
    func errors() throws {
        let request = try request([
            ["call_id": "call_001", "is_error": true, "error_message": "m"],
            ["call_id": "call_002", "is_error": true, "result": "r"],
            ["call_id": "call_003", "is_error": true],
        ])
        #expect(request.results.map(\.outcome) == [.error("m"), .error("r"), .error("The tool call failed")])
    }

    @Test("A result twice, for nobody, or missing breaks the rule by name")
    func misfits() throws {
        for (results, word): (JSONValue, String) in [
            ([["call_id": "call_001"], ["call_id": "call_001"], ["call_id": "call_002"]], "twice"),
            ([["call_id": "call_001"], ["call_id": "call_003"]], "not asked"), ([["call_id": "call_001"]], "call_002"),
        ] {
            let request = try request(results)
            let error = #expect(throws: APIError.self) { try request.ordered(for: calls) }
            #expect(error?.error.contains(word) == true)
            #expect(error?.status.code == 400)
        }
    }

    @Test("Only listed texts are shown as error")
    func texts() {
        func text(_ status: ExecutionStatus, _ reason: TerminationReason, _ message: String = "", code: Int64? = nil)
            -> String?
        {
            var finished = ExecutionFinished(unrun: status, reason, message: message)
            finished.exitCode = code
            return ProgrammaticAnswer.error(of: finished)
        }
        #expect(text(.completed, .exited, code: 0) == nil)
        #expect(text(.failed, .exited, code: 3) == "Sandbox exited with code 3")
        #expect(text(.failed, .signal, code: 139) == "Sandbox exited with code 139")
        #expect(text(.timeout, .timeLimit, code: 124) == "Time limit exceeded")
        #expect(text(.failed, .memoryLimit, code: 137) == "Out of memory")
        #expect(text(.cancelled, .cancelled) == "Execution failed or timed out")
        #expect(
            text(.error, .infrastructure, "Execution failed: the database burns") == "Execution failed or timed out")
        #expect(
            text(.error, .infrastructure, "Sandbox requested an unregistered tool: x")
                == "Sandbox requested an unregistered tool: x")
    }
}
