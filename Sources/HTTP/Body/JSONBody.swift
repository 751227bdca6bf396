import Events
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A JSON request body: parsed once, freed of its credentials before anything else sees it.
struct JSONBody: Sendable, Equatable {
    /// The value without its credential members.
    let value: JSONValue
    /// Keys the body presented, in the order of CONTRACT 3.1.
    let keys: [String]

    private static let credentialNames = ["LIBRECHAT_CODE_API_KEY", "api_key", "apiKey"]

    /// - Throws: 400 when the bytes are not JSON in UTF-8.
    init(_ bytes: [UInt8]) throws {
        guard (try? UTF8Span(validating: bytes.span)) != nil else {
            throw APIError.invalid("The body is not valid JSON", detail: "not UTF-8")
        }
        let parsed: JSONValue
        do {
            parsed = try JSONParser.parse(bytes)
        } catch {
            throw APIError.invalid("The body is not valid JSON", detail: error.description)
        }
        guard case .object(let members) = parsed else {
            throw APIError.invalid("The body must be a JSON object")
        }
        keys = Self.credentialNames.compactMap { name in
            guard case .string(let text)? = parsed[name] else { return nil }
            let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
            return key.isEmpty ? nil : key
        }
        value = .object(members.filter { !Self.credentialNames.contains($0.name) })
    }

    /// Whether the content type is one that JSON is read from (CONTRACT 13.3).
    static func accepts(_ headers: HTTPFields) -> Bool {
        guard let field = headers[.contentType] else { return true }
        let type = field.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        return type.isEmpty || type == "application/json" || type == "text/plain"
            || (type.hasSuffix("+json") && type.contains("/"))
    }

    /// Reads a body whole.
    ///
    /// - Throws: 413 as soon as it is known to be longer than `limit` bytes.
    static func read(_ request: Request, limit: Int) async throws -> [UInt8] {
        let tooLarge = APIError.tooLarge("The request body is larger than \(limit) bytes", closesConnection: true)
        if let stated = request.headers[.contentLength].flatMap({ Int($0) }), stated > limit { throw tooLarge }
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= limit else { throw tooLarge }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }
}
