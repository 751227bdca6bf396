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
    private let renderer: StreamRenderer
    private let services: APIServices

    init(_ services: APIServices) {
        self.services = services
        parser = ExecRequest(
            languages: LanguageCatalog(services.dependencies.languages), limits: services.limits,
            keepsState: services.configuration.statePersistence)
        admission = RunAdmission(services)
        waiting = RunWait(services)
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
        var headers: HTTPFields = [:]
        headers[.executionProfile] = try ExecutionProfile.expected(request.headers)
        let run = try parser.parse(body.value, headers: request.headers, caller: caller)
        try services.runs.enter()
        let decision: RunDecision
        do {
            decision = try await admission.admit(run)
        } catch {
            services.runs.leave()
            throw error
        }
        let connection = ConnectionWatch(context.channel)
        let answer = PatientAnswer(
            interval: services.limits.streamKeepalive, context: context, connection: connection,
            late: { ExecAnswer.failed(decision, $0).json() })
        return try await answer.response(headers: headers) {
            defer {
                connection.stop()
                services.runs.leave()
            }
            async let touches: Void = touch(decision.touched, context.logger)
            let answer = try await finish(decision, of: run, client: connection)
            await touches
            return PatientAnswer.Ready(
                json: answer.json(), headers: [.executionID: answer.execution, .sessionID: answer.session])
        }
    }

    /// Waits for the run's last event, whichever process writes it, and makes its answer.
    ///
    /// - Throws: `WaitOver` as its error when the run was given up in the queue.
    private func finish(
        _ decision: RunDecision, of run: RunRequest, client: ConnectionWatch?
    ) async throws -> ExecAnswer {
        let event = try await waiting.milestone(of: decision, client: client)
        let finished = ExecutionFinished(event.body)
        let streams = try await renderer.render(
            finished, session: decision.session, language: run.language,
            readsFile: run.language == "bash" && FileRead.matches(run.code))
        var answer = ExecAnswer(
            session: decision.session, execution: decision.execution, requested: decision.requested,
            finished: finished, event: event, streams: streams)
        if let over = WaitOver(finished) {
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
