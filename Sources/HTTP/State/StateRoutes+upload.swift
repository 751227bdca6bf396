import Events
import HTTPTypes
import Hummingbird
import Projections

extension StateRoutes {
    /// A blob of this size travels in the transaction of its event.
    private static let smallBlob = FileReceiver.blockBytes

    /// POST /state/{sid}: raw bytes, of any content type. A well-formed id that was never used becomes a private
    /// session of the caller; his own expired session lives again.
    func upload(_ request: Request, to id: String, _ caller: Caller) async throws -> Response {
        // Asked before the body is read, and again with every try to append.
        guard Identifier.isWellFormed(id), try await Target(id, caller, services) != nil else {
            throw APIError.stateNotFound
        }
        let limit = Int64(services.limits.maxStateBytes)
        if let stated = request.headers[.contentLength].flatMap({ Int64($0) }), stated > limit {
            throw APIError.stateTooLarge(limit: limit)
        }
        var receiver = FileReceiver(
            filename: "state", name: "state", contentType: nil, session: id, blobs: services.blobs)
        let received: ReceivedFile
        do {
            received = try await receive(request.body, into: &receiver, limit: limit)
        } catch {
            await receiver.writer?.discard()
            throw error
        }
        do {
            try await record(received, in: id, caller)
        } catch let error as APIError {
            // The log refused it. After any other error it may have been taken.
            await receiver.writer?.discard()
            throw error
        }
        return Response(.created, json: ["message": "state_uploaded", "size": .int(received.size)])
    }

    private func receive(
        _ body: RequestBody, into receiver: inout FileReceiver, limit: Int64
    ) async throws -> ReceivedFile {
        var size: Int64 = 0
        var version: UInt8?
        for try await buffer in body {
            if version == nil { version = buffer.readableBytesView.first }
            size += Int64(buffer.readableBytes)
            guard size <= limit else { throw APIError.stateTooLarge(limit: limit) }
            try await receiver.write(buffer)
        }
        guard size >= 2, version == 1 || version == 2 else { throw APIError.invalidState }
        return try await receiver.finish(room: Self.smallBlob)
    }

    private func record(_ received: ReceivedFile, in id: String, _ caller: Caller) async throws {
        let blob = StateBlob(sha256: received.sha256, size: received.size)
        let uploaded = StateUploaded(blob: blob, actor: caller.acting.actor).event()
        for _ in 0..<Self.attempts {
            guard let target = try await Target(id, caller, services) else { throw APIError.stateNotFound }
            var append = Append(session: id, expected: target.expected, events: target.creation + [uploaded])
            switch received.bytes {
            case .small(let blob): append.blobs = [blob]
            case .streamed(let content, _): append.contents = [content]
            }
            switch try await services.log.append(append) {
            case .ok, .duplicate: return
            case .held: throw APIError.conflict("The session is under legal hold", code: "legal_hold")
            case .conflict, .fenced, .busy: continue
            }
        }
        throw APIError.unavailable("The session is busy, try again")
    }

    /// Where an uploaded state may go: a session of the caller that lives or expired, or one to be made.
    private struct Target {
        let expected: ExpectedVersion
        let creation: [NewEvent]

        /// - Returns: nil for a foreign, deleted or erased session.
        init?(_ id: String, _ caller: Caller, _ services: APIServices) async throws {
            guard let session = try await services.sessions.load([id], files: [])[id] else {
                let created = SessionCreated(
                    kind: .private, owner: caller.acting.owner, endUser: caller.acting.endUser, entityID: nil,
                    actor: caller.acting.actor)
                expected = .none
                creation = [created.event()]
                return
            }
            guard caller.readership.owns(session.owner), session.status == .active || session.status == .expired else {
                return nil
            }
            expected = .exactly(session.version)
            creation = []
        }
    }
}

extension APIError {
    static let invalidState = APIError(
        .badRequest, "validation", "invalid_state",
        message: "A state is at least two bytes, the first of which is 1 or 2",
        details: [Detail(field: "body", message: "Not a state", code: "invalid_state")])

    static func stateTooLarge(limit: Int64) -> APIError {
        APIError(
            .contentTooLarge, "resource_exhausted", "state_too_large",
            message: "A state may have at most \(limit) bytes",
            details: [Detail(field: "body", message: "Larger than \(limit) bytes", code: "state_too_large")],
            closesConnection: true)
    }
}
