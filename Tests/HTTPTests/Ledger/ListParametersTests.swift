import Events
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Testing

@testable import HTTP

@Suite struct ListParametersTests {
    private func parameters(_ query: String) -> ListParameters {
        ListParameters(
            Request(
                head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/x?" + query),
                body: RequestBody(buffer: ByteBuffer())))
    }

    @Test func `a cursor round-trips and others are refused`() throws {
        for position in [Int64(1), 4711, 1 << 53] {
            #expect(try parameters("cursor=" + ListParameters.cursor(position)).cursor() == position)
        }
        #expect(try parameters("").cursor() == nil)
        for bad in ["not-a-cursor", "p1", "q0000000000000001", "pffffffffffffffff"] {
            #expect(throws: APIError.self) { try parameters("cursor=\(bad)").cursor() }
        }
    }

    @Test func `limits are clamped, what is no number is refused`() throws {
        #expect(try parameters("").limit() == 50)
        #expect(try parameters("limit=0").limit() == 1)
        #expect(try parameters("limit=9999").limit() == 200)
        #expect(throws: APIError.self) { try parameters("limit=x").limit() }
    }

    @Test func `times come with or without milliseconds`() throws {
        #expect(try parameters("t=2026-09-01T10:00:00Z").time("t") == Timestamp("2026-09-01T10:00:00.000Z"))
        #expect(try parameters("t=2026-09-01T10%3A00%3A00.123Z").time("t") == Timestamp("2026-09-01T10:00:00.123Z"))
        #expect(throws: APIError.self) { try parameters("t=yesterday").time("t") }
    }

    @Test func `a page tells of the next one only when there is more`() {
        let position = { (item: Int) in Int64(item) }
        let json = { (item: Int) in JSONValue.int(item) }
        let last = ListParameters.page([3, 2], limit: 2, position: position, json: json)
        #expect(last == ["data": [3, 2], "next_cursor": nil])
        let first = ListParameters.page([3, 2, 1], limit: 2, position: position, json: json)
        #expect(first == ["data": [3, 2], "next_cursor": .string(ListParameters.cursor(2))])
    }
}
