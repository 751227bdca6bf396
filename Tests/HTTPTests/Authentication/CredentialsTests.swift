import Foundation
import HTTPTypes
import Testing

@testable import HTTP

@Suite struct CredentialsTests {
    private func keys(_ fields: [(String, String)]) throws -> [String] {
        var headers = HTTPFields()
        for (name, value) in fields {
            headers.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        return Credentials(headers).keys
    }

    private func basic(_ text: String) -> String { "Basic " + Data(text.utf8).base64EncodedString() }

    @Test func `every place is read`() throws {
        #expect(try keys([("x-api-key", "k")]) == ["k"])
        #expect(try keys([("X-API-KEY", " k ")]) == ["k"])
        #expect(try keys([("Authorization", "Bearer k")]) == ["k"])
        #expect(try keys([("Authorization", "ApiKey k")]) == ["k"])
        #expect(try keys([("Authorization", "bearer   k")]) == ["k"])
    }

    @Test func `basic credentials are tried as user, password and whole`() throws {
        #expect(try keys([("Authorization", basic("k"))]) == ["k"])
        #expect(try keys([("Authorization", basic("k:"))]) == ["k", "k:"])
        #expect(try keys([("Authorization", basic(":k"))]) == ["k", ":k"])
        #expect(try keys([("Authorization", basic("user:k:more"))]) == ["user", "k:more", "user:k:more"])
        let unpadded = basic("librechat:key").replacingOccurrences(of: "=", with: "")
        #expect(try keys([("Authorization", unpadded)]).contains("key"))
    }

    @Test func `the order is the contract's, whatever the order of the headers`() throws {
        let fields = [("Authorization", "ApiKey c"), ("Authorization", "Bearer b"), ("X-API-Key", "a")]
        #expect(try keys(fields) == ["a", "b", "c"])
    }

    @Test func `nothing is no credential`() throws {
        #expect(try keys([]).isEmpty)
        #expect(try keys([("X-API-Key", ""), ("Authorization", "Bearer "), ("Authorization", "Digest x")]).isEmpty)
    }
}
