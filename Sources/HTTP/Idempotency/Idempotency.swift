import Events
import FoundationEssentials
import HTTPTypes
import Hummingbird

/// `Idempotency-Key` (CONTRACT 4.3): the first request under a key is carried out, every other one gets its answer.
///
/// Nothing is locked and nobody waits for a leader. The append of the request has a command id derived from owner,
/// route and key, so the log takes one of them and tells all others which; they wait for the same run and render the
/// same answer from the same events. Refusals leave no event, so they are recorded beside the log.
struct Idempotency {
    /// A key, and what of it does not depend on the body.
    struct Key: Sendable {
        let text: String
        let command: UUID

        /// What stands for the request in the log.
        func use(_ digest: Digest32) -> IdempotencyUse { IdempotencyUse(command: command, digest: digest) }
    }

    /// What the caller of `answer` has to do.
    enum Turn: Sendable {
        /// Carry the request out. Its append must have the key's command, and a `duplicate` is to be answered from
        /// the events it returns.
        case first
        /// Answer from these events of the first request.
        case again([Event])
    }

    private let keys: any IdempotencyKeys
    private let log: any EventLog

    init(_ services: APIServices) {
        keys = services.dependencies.idempotency
        log = services.log
    }

    /// The key a request was sent with; nil when it has none.
    ///
    /// - Throws: 400 when it breaks the rule.
    static func key(of request: Request, _ caller: Caller) throws -> Key? {
        guard let text = request.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw APIError.invalid(
                "Idempotency-Key must have 1 to 255 printable ASCII characters", field: "Idempotency-Key",
                code: "invalid_idempotency_key")
        }
        // Both prefixes are one route; the captures of its path tell uses apart (C3).
        let path = request.uri.path.hasPrefix("/v1/") ? String(request.uri.path.dropFirst(3)) : request.uri.path
        let scope = ["idempotency", caller.acting.owner.key, request.method.rawValue, path, text]
        let digest = EventHash.sha256(Array(scope.joined(separator: "\u{1E}").utf8))
        return Key(text: text, command: UUID(derivedFrom: digest))
    }

    /// What a JSON body asks: its value, however it is written, without its credentials.
    static func digest(_ body: JSONBody) -> Digest32 { EventHash.sha256(JSONWriter.canonical(body.value)) }

    /// Answers a request with a key. Without one `operation` simply is the first.
    ///
    /// - Throws: 409 when the key was used for another request; what `operation` throws unless that is a refusal to
    ///   be remembered, which comes back as a response.
    func answer(
        _ key: Key?, digest: () -> Digest32, _ context: APIRequestContext,
        _ operation: (Turn) async throws -> Response
    ) async throws -> Response {
        guard let key else { return try await operation(.first) }
        let use = key.use(digest())
        do {
            switch try await keys.recall(use) {
            case .open: return try await operation(.first)
            case .otherRequest: throw Self.reused
            case .refused(let status, let body):
                var response = Response(HTTPResponse.Status(code: status), jsonBytes: body)
                response.headers[.idempotencyReplayed] = "true"
                return response
            case .taken(let position, let count):
                var response = try await operation(.again(try await log.read(after: position - 1, limit: count)))
                response.headers[.idempotencyReplayed] = "true"
                return response
            }
        } catch let error as APIError where Self.isRemembered(error) {
            let body = JSONWriter.compact(error.json(requestID: context.requestID, now: .now()))
            guard case .refused(let status, let body) = try await keys.refuse(
                use, status: error.status.code, body: body)
            else { throw error }
            return Response(HTTPResponse.Status(code: status), jsonBytes: body, headers: error.headers)
        }
    }

    /// Forgets a run that was given up in the queue: the client is told to try again, and then it must run.
    func forget(_ key: Key?, _ end: Event) async throws {
        if let key { try await keys.forget(key.command, before: end.position) }
    }

    static let reused = APIError.conflict(
        "Idempotency-Key was used for another request", field: "Idempotency-Key", code: "idempotency_key_reused")

    /// Final answers only: what may be different the next time is not one.
    private static func isRemembered(_ error: APIError) -> Bool {
        (400..<500).contains(error.status.code) && ![401, 403, 408, 429].contains(error.status.code)
            && error != reused
    }
}

extension UUID {
    /// A UUID of version 8 (free form) from the first half of a digest.
    init(derivedFrom digest: Digest32) {
        var bytes = Array(digest.prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        self = bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
