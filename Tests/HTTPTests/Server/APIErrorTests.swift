import Events
import HTTPTypes
import NIOCore
import Testing

@testable import HTTP

@Suite struct APIErrorTests {
    private func body(_ error: APIError) -> JSONValue {
        error.json(requestID: "R59ocxyJcRqiGfeEepnPD", now: Timestamp(milliseconds: 1_788_256_800_000))
    }

    @Test func `the body has the members of the contract`() {
        let json = body(
            .invalid("Unsupported language: cobol", field: "lang", code: "unsupported_language", detail: "no"))
        #expect(
            json == [
                "error": "Unsupported language: cobol", "error_type": "validation",
                "details": [["field": "lang", "message": "no", "code": "unsupported_language"]],
                "request_id": "R59ocxyJcRqiGfeEepnPD", "timestamp": "2026-09-01T10:00:00.000Z",
            ])
    }

    @Test func `details are null when there are none`() {
        #expect(body(.unknownRoute)["details"] == .null)
        #expect(body(.unknownRoute)["error_type"] == "resource_not_found")
    }

    @Test func `a 401 carries the challenge`() {
        #expect(APIError.unauthenticated("Missing API key").headers[.wwwAuthenticate] == "Bearer realm=\"runledger\"")
    }

    @Test func `a 429 tells when to come back`() {
        let error = APIError.rateLimited("Too many", retryAfter: 0)
        let json = body(error)
        #expect(json["error"] == "rate_limited" && json["message"] == "Too many" && json["retry_after_seconds"] == 1)
        #expect(error.headers[.retryAfter] == "1")
    }

    @Test func `a 405 names the methods`() {
        #expect(APIError.methodNotAllowed(["GET", "HEAD"]).headers[.allow] == "GET, HEAD")
    }

    @Test func `foreign errors are mapped without their inner life`() {
        struct Secret: Error { let path = "/etc/secret" }
        let (unexpected, isUnexpected) = APIError.answer(to: Secret())
        #expect(unexpected.status == .internalServerError && isUnexpected)
        #expect(!unexpected.error.contains("secret"))
        #expect(APIError.answer(to: LogError(.unavailable, "host db:5432")).error.status == .serviceUnavailable)
        #expect(APIError.answer(to: LogError(.unavailable, "host db:5432")).error.headers[.retryAfter] != nil)
        #expect(APIError.answer(to: LogError(.corrupt, "x")).error.status == .internalServerError)
        #expect(APIError.answer(to: NIOTooManyBytesError(maxBytes: 1)).error.status == .contentTooLarge)
        #expect(APIError.answer(to: BodyStalled(seconds: 30)).error.status == .requestTimeout)
    }
}
