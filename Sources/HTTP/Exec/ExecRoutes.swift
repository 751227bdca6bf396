import Events
import HTTPTypes
import Hummingbird
import Logging
import Projections

/// `POST /exec`: parse, decide, append, await, render.
struct ExecRoutes: RouteArea {
    private let parser: ExecRequest
    private let admission: RunAdmission
    private let waiting: RunWait
    private let idempotency: Idempotency
    private let renderer: StreamRenderer
    private let services: APIServices

    init(_ services: APIServices) {
        self.services = services
        parser = ExecRequest(
            languages: LanguageCatalog(services.dependencies.languages), limits: services.limits,
            keepsState: services.configuration.statePersistence)
        admission = RunAdmission(services)
        waiting = RunWait(services)
        idempotency = Idempotency(services)
        renderer = StreamRenderer(blobs: services.blobs, limits: services.limits)
    }

    func register(on routes: Routes) {
        routes.json(.both, .post, "/exec", for: .change) { body, request, context, caller in
            try await run(body, request, context, caller)
        }
    }

    private func run(
        _ body: JSONBody, _ request: Request, _ context: APIRequestContext, _ caller: Caller
    ) async throws -> Response {
        let key = try Idempotency.key(of: request, caller)
        return try await idempotency.answer(key, digest: { Idempotency.digest(body) }, context) { turn in
            var headers: HTTPFields = [:]
            headers[.executionProfile] = try ExecutionProfile.expected(request.headers)
            var run = try parser.parse(body.value, headers: request.headers, caller: caller)
            run.identify(by: key, digest: Idempotency.digest(body))
            let isLive = LiveAnswer.isAsked(for: request.headers)
            run.traits.streamsOutput = isLive
            // Before the run is in the log, so that nothing of it is missed.
            let events = isLive ? await services.log.follow() : nil
            try services.runs.enter()
            let decision: RunDecision
            do {
                decision = try await admission.admit(run, turn)
            } catch {
                services.runs.leave()
                throw error
            }
            if decision.isRepeated { headers[.idempotencyReplayed] = "true" }
            let connection = ConnectionWatch(context.channel)
            // A run with a key is finished in any case: its client may come back for it (D13).
            let result: @Sendable () async throws -> ExecAnswer = { [run] in
                defer {
                    connection.stop()
                    services.runs.leave()
                }
                async let touches: Void = touch(decision.touched, context.logger)
                let answer = try await finish(decision, of: run, key, client: key == nil ? connection : nil)
                await touches
                return answer
            }
            let names: HTTPFields = [.executionID: decision.execution, .sessionID: decision.session]
            guard isLive else {
                let answer = PatientAnswer(
                    interval: services.limits.streamKeepalive, context: context, connection: connection,
                    late: { ExecAnswer.failed(decision, $0).json() })
                return try await answer.response(headers: headers) {
                    PatientAnswer.Ready(json: try await result().json(), headers: names)
                }
            }
            let answer = LiveAnswer(
                run: decision, blobs: services.blobs, limits: services.limits, context: context,
                readsFile: run.readsFile, events: decision.isRepeated ? nil : events)
            headers.append(contentsOf: names)
            return answer.response(headers: headers) { LiveAnswer.Ended(try await result()) }
        }
    }

    /// Waits for the run's last event, whichever process writes it, and makes its answer.
    ///
    /// - Throws: `WaitOver` as its error when the run was given up in the queue; 404 when it was erased since.
    private func finish(
        _ decision: RunDecision, of run: RunRequest, _ key: Idempotency.Key?, client: ConnectionWatch?
    ) async throws -> ExecAnswer {
        let event = try await waiting.milestone(of: decision, client: client)
        guard event.data != nil else { throw APIError.executionNotFound }
        let finished = ExecutionFinished(event.body)
        let streams = try await renderer.render(
            finished, session: decision.session, language: run.language, readsFile: run.readsFile)
        var answer = ExecAnswer(
            session: decision.session, execution: decision.execution, requested: decision.requested,
            finished: finished, event: event, streams: streams)
        if let over = WaitOver(finished) {
            try await idempotency.forget(key, event)
            answer.failure = over.error
            throw LateFailure(error: over.error, json: answer.json())
        }
        return answer
    }

    /// Restarts the retention clock of the sessions whose files are mounted, beside the run. A touch that fails is no
    /// reason to lose a result: the session merely looks older than it is until the next one.
    private func touch(_ sessions: [String], _ logger: Logger) async {
        for session in sessions {
            do {
                _ = try await services.sessions.touch(session)
            } catch {
                logger.warning("touch failed", metadata: ["session": "\(session)", "error": "\(error)"])
            }
        }
    }
}
