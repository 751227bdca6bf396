import HTTPTypes
import Testing

@testable import HTTP

@Suite struct RunGateTests {
    @Test func `a full gate refuses with a time to come back, and opens again`() async throws {
        let gate = RunGate(capacity: 1)
        try await gate.pass {
            let error = await #expect(throws: APIError.self) { try await gate.pass {} }
            #expect(error?.status == .serviceUnavailable)
            #expect(error?.headers[.retryAfter] != nil)
        }
        try await gate.pass {}
    }

    @Test func `a failure inside leaves the gate`() async throws {
        let gate = RunGate(capacity: 1)
        await #expect(throws: CancellationError.self) { try await gate.pass { throw CancellationError() } }
        try await gate.pass {}
    }

    @Test func `a closed gate lets nobody in`() async {
        let gate = RunGate(capacity: 1)
        gate.close()
        await #expect(throws: APIError.self) { try await gate.pass {} }
    }
}
