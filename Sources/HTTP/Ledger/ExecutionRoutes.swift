import Events
import HTTPTypes
import Hummingbird
import NIOCore
import Projections

/// Executions under `/v1` (CONTRACT 10.4).
struct ExecutionRoutes: RouteArea {
    private let services: APIServices
    private let renderer: StreamRenderer
    private let cancellation: Cancellation

    init(_ services: APIServices) {
        self.services = services
        renderer = StreamRenderer(blobs: services.blobs, limits: services.limits)
        cancellation = Cancellation(log: services.log, ledger: services.ledger)
    }

    func register(on routes: Routes) {
        routes.v1(.get, "/executions", for: .read) { request, _, caller in try await list(request, caller) }
        routes.v1(.get, "/executions/:execution_id", for: .read) { _, context, caller in
            try await show(record(context.capture("execution_id"), caller))
        }
        routes.v1(.post, "/executions/:execution_id/cancel", for: .change) { _, context, caller in
            try await cancel(context.capture("execution_id"), caller)
        }
        routes.v1(.get, "/executions/:execution_id/stdout", for: .read) { request, context, caller in
            try await stream("stdout", \.stdout, of: record(context.capture("execution_id"), caller), request)
        }
        routes.v1(.get, "/executions/:execution_id/stderr", for: .read) { request, context, caller in
            try await stream("stderr", \.stderr, of: record(context.capture("execution_id"), caller), request)
        }
    }

    /// Calls a run off (CONTRACT 10.4): at once if nobody holds it, else its holder kills it.
    private func cancel(_ id: String, _ caller: Caller) async throws -> Response {
        let record = try await record(id, caller)
        func answer(_ code: HTTPResponse.Status, _ status: String?) -> Response {
            Response(code, json: ["execution_id": .string(id), "execution_status": .string(orNull: status)])
        }
        guard record.finishedEvent == nil else { return answer(.ok, record.status) }
        let ended = try await cancellation.cancel(
            id, in: record.session, reason: .cancelled, actor: caller.acting.actor)
        return ended.map { answer(.ok, $0.status.rawValue) } ?? answer(.accepted, record.status)
    }

    private func list(_ request: Request, _ caller: Caller) async throws -> Response {
        let parameters = ListParameters(request)
        let limit = try parameters.limit()
        var query = ExecutionQuery(scope: caller.listScope, limit: limit + 1)
        query.session = parameters.text("session_id")
        query.status = parameters.text("execution_status")
        query.language = parameters.text("language").map { Language.named($0)?.code ?? $0 }
        query.endUser = parameters.text("end_user")
        query.createdAfter = try parameters.time("created_after")
        query.createdBefore = try parameters.time("created_before")
        query.before = try parameters.cursor()
        let found = try await services.ledger.executions(query)
        return Response(json: ListParameters.page(found, limit: limit, position: \.position, json: \.json))
    }

    /// An execution whose session the caller may read; any other is unknown.
    private func record(_ id: String, _ caller: Caller) async throws -> ExecutionRecord {
        guard Identifier.isWellFormed(id),
            let record = ExecutionRecord(try await services.ledger.events(ofExecution: id)),
            let session = try await services.sessions.load([record.session], files: [])[record.session],
            caller.ledgerReadership.reads(session)
        else { throw APIError.executionNotFound }
        return record
    }

    private func show(_ record: ExecutionRecord) async throws -> Response {
        guard let requested = record.requested else { return Response(json: record.json(code: nil, streams: nil)) }
        let code = try await services.blobs.bytes(session: record.session, sha256: requested.codeSHA256)
        var streams: ExecStreams?
        if let finished = record.finished {
            streams = try await renderer.render(
                finished, session: record.session, language: requested.language,
                readsFile: requested.language == "bash" && !requested.traits.isProgrammatic && FileRead.matches(code))
        }
        let calls = try await RecordedToolCalls(record.events, blobs: services.blobs)
        return Response(json: record.json(code: code, streams: streams, calls: calls.json))
    }

    /// The kept bytes of a stream, as they are; of a run that is not finished, what is stored so far.
    private func stream(
        _ name: String, _ stream: any KeyPath<ExecutionFinished, StreamRecord> & Sendable, of record: ExecutionRecord,
        _ request: Request
    ) async throws -> Response {
        guard !record.isErased else { throw APIError.executionNotFound }
        let kept = record.finished.map { $0[keyPath: stream] }
        var bytes = record.recorded(name)
        if let kept, kept.keptBytes > 0 {
            bytes = try await services.blobs.bytes(session: record.session, sha256: kept.sha256)
        }
        var headers: HTTPFields = [
            .contentType: "text/plain; charset=utf-8", .acceptRanges: "bytes",
            .outputTotalBytes: String(kept?.totalBytes ?? Int64(bytes.count)),
            .outputTruncated: kept.map { $0.totalBytes > $0.keptBytes } ?? false ? "true" : "false",
        ]
        switch ByteRange.asked(of: request.headers, size: Int64(bytes.count), etag: "") {
        case .whole: return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.count)"
            return Response(
                status: .partialContent, headers: headers,
                body: .init(byteBuffer: ByteBuffer(bytes: bytes[Int(range.lowerBound)..<Int(range.upperBound)])))
        case .unsatisfiable: throw APIError.rangeNotSatisfiable(size: bytes.count)
        }
    }
}
