import Events
import HTTPTypes
import Hummingbird
import Projections

/// `POST /exec/programmatic`: code that calls tools of the client (CONTRACT 9). The first request starts a run; each
/// further one brings the results that the run waits for.
///
/// Nothing of a run is kept here: the log holds its rounds, and whichever process runs it goes on when it sees the
/// results there.
struct ProgrammaticRoutes: RouteArea {
    private let parser: ProgrammaticRequest
    private let admission: RunAdmission
    private let waiting: RunWait
    private let idempotency: Idempotency
    private let renderer: StreamRenderer
    private let services: APIServices

    /// What a request waits for.
    private struct Wait {
        let session: String
        let execution: String
        let language: String
        /// Of the request that began the run.
        var key: Idempotency.Key?
    }

    init(_ services: APIServices) {
        self.services = services
        parser = ProgrammaticRequest(
            exec: ExecRequest(
                languages: LanguageCatalog(services.dependencies.languages), limits: services.limits))
        admission = RunAdmission(services)
        waiting = RunWait(services)
        idempotency = Idempotency(services)
        renderer = StreamRenderer(blobs: services.blobs, limits: services.limits)
    }

    func register(on routes: Routes) {
        let counts: @Sendable (JSONBody) -> Bool = { !ContinuationRequest.isOne($0.value) }
        routes.json(.both, .post, "/exec/programmatic", for: .change, counts: counts) {
            body, request, context, caller in
            if ContinuationRequest.isOne(body.value) {
                return try await resume(ContinuationRequest(body.value), context, caller)
            }
            return try await start(body, request, context, caller)
        }
    }

    private func start(
        _ body: JSONBody, _ request: Request, _ context: APIRequestContext, _ caller: Caller
    ) async throws -> Response {
        let key = try Idempotency.key(of: request, caller)
        return try await idempotency.answer(key, digest: { Idempotency.digest(body) }, context) { turn in
            var run = try parser.parse(body.value, headers: request.headers, caller: caller)
            run.identify(by: key, digest: Idempotency.digest(body))
            return try await inside { [run] release in
                let decision = try await admission.admit(run, turn)
                let wait = Wait(
                    session: decision.session, execution: decision.execution, language: run.language, key: key)
                var response = try await answer(wait, context, release) {
                    // The client's leaving ends the round only, never the run.
                    try await waiting.milestone(of: decision, client: nil)
                }
                if decision.isRepeated { response.headers[.idempotencyReplayed] = "true" }
                return response
            }
        }
    }

    private func resume(
        _ request: ContinuationRequest, _ context: APIRequestContext, _ caller: Caller
    ) async throws -> Response {
        let token = request.token
        let events = try await services.ledger.events(ofExecution: token.execution)
        guard
            let round = ToolRound(
                token, in: events, of: caller, validFor: services.limits.toolTokenLifetime, now: .now())
        else { throw APIError.notFound("Execution not found or expired") }
        let results = try request.ordered(for: round.calls)
        return try await inside { release in
            let isOver = events.contains { $0.type == .executionFinished }
            if let recorded = round.recorded {
                try await check(results, against: recorded)
            } else if !isOver {
                try await record(results, of: token, by: caller)
            }
            let wait = Wait(
                session: token.session, execution: token.execution, language: round.requested.language)
            return try await answer(wait, context, release) {
                try await services.log.milestone(
                    execution: token.execution, session: token.session, after: round.asked.position)
            }
        }
    }

    /// Runs `body` as one of the runs that this process may wait for; `release` gives the place back.
    private func inside(
        _ body: (_ release: @escaping @Sendable () -> Void) async throws -> Response
    ) async throws -> Response {
        try services.runs.enter()
        let place = Once { services.runs.leave() }
        do {
            return try await body { place.run() }
        } catch {
            place.run()
            throw error
        }
    }

    /// Waits for the run's next milestone, patiently, and renders it.
    private func answer(
        _ wait: Wait, _ context: APIRequestContext, _ release: @escaping @Sendable () -> Void,
        _ milestone: @escaping @Sendable () async throws -> Event
    ) async throws -> Response {
        let connection = ConnectionWatch(context.channel)
        let answer = PatientAnswer(
            interval: services.limits.streamKeepalive, context: context, connection: connection,
            late: { ProgrammaticAnswer.failed(session: wait.session, execution: wait.execution, $0) })
        return try await answer.response {
            defer {
                connection.stop()
                release()
            }
            return PatientAnswer.Ready(
                json: try await render(milestone(), wait),
                headers: [.executionID: wait.execution, .sessionID: wait.session])
        }
    }

    private func render(_ event: Event, _ wait: Wait) async throws -> [UInt8] {
        if let token = ContinuationToken(event) { return ProgrammaticAnswer.round(event, token) }
        let finished = ExecutionFinished(event.body)
        let streams = try await renderer.render(
            finished, session: event.session, language: wait.language, readsFile: false)
        let json = ProgrammaticAnswer.end(finished, event, streams)
        if let over = WaitOver(finished) {
            try await idempotency.forget(wait.key, event)
            throw LateFailure(error: over.error, json: json)
        }
        return json
    }

    // MARK: Results

    /// - Throws: 409 when other results of the round are on record.
    private func record(_ results: [ToolResult], of token: ContinuationToken, by caller: Caller) async throws {
        let bytes = ToolResult.blob(results)
        let body = ToolResultsRecorded(
            round: token.round, resultsSHA256: EventHash.sha256(bytes), resultsSize: Int64(bytes.count),
            actor: caller.acting.actor)
        var append = Append(
            session: token.session, expected: .any, events: [body.event(execution: token.execution)],
            command: ToolRound.command(token))
        if bytes.count <= Self.smallBlob {
            append.blobs = [NewBlob(session: token.session, bytes: bytes)]
        } else {
            let writer = services.blobs.writer(session: token.session)
            try await writer.write(bytes)
            append.contents = [try await writer.finish()]
        }
        switch try await services.log.append(append) {
        case .ok: return
        case .duplicate:
            // Somebody was faster, perhaps with other results.
            let events = try await services.ledger.events(ofExecution: token.execution)
            let recorded = events.first {
                $0.type == .executionToolResultsRecorded && ToolResultsRecorded($0.body).round == token.round
            }
            guard let recorded else { throw APIError.unexpected }
            try await check(results, against: recorded)
        case .conflict, .fenced, .held, .busy: throw APIError.unexpected
        }
    }

    /// A blob up to this size travels in the transaction of its event.
    private static let smallBlob = 1 << 20

    /// - Throws: 409 unless the results are those on record, however they are written.
    private func check(_ results: [ToolResult], against recorded: Event) async throws {
        let body = ToolResultsRecorded(recorded.body)
        if EventHash.sha256(ToolResult.blob(results)) == body.resultsSHA256 { return }
        let before = ToolResult.list(
            try await services.blobs.bytes(session: recorded.session, sha256: body.resultsSHA256))
        guard Self.canonical(before) == Self.canonical(results) else {
            throw APIError.conflict(
                "Other results were recorded for this round", field: "tool_results", code: "continuation_conflict")
        }
    }

    private static func canonical(_ results: [ToolResult]) -> [UInt8] {
        JSONWriter.canonical(.array(results.map(\.json)))
    }
}
