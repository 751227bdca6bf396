import Events
import HTTPTypes
import Hummingbird
import Logging
import Projections

/// `POST /exec`: parse, decide, append, await, render.
struct ExecRoutes: RouteArea {
    private let parser: ExecRequest
    private let admission: RunAdmission
    private let renderer: StreamRenderer
    private let services: APIServices

    init(_ services: APIServices) {
        self.services = services
        parser = ExecRequest(
            languages: LanguageCatalog(services.dependencies.languages), limits: services.limits)
        admission = RunAdmission(services)
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
        let profile = try ExecutionProfile.expected(request.headers)
        let run = try parser.parse(body.value, headers: request.headers, caller: caller)
        let answer = try await services.runs.pass {
            let decision = try await admission.admit(run)
            async let touches: Void = touch(decision.touched, context.logger)
            let answer = try await finish(decision, of: run)
            await touches
            return answer
        }

        var headers: HTTPFields = [.executionID: answer.execution, .sessionID: answer.session]
        if let profile { headers[.executionProfile] = profile }
        return Response(jsonBytes: answer.json(), headers: headers)
    }

    /// Waits for the run's last event, whichever process writes it, and makes its answer.
    private func finish(_ decision: RunDecision, of run: RunRequest) async throws -> ExecAnswer {
        let event = try await services.log.finished(execution: decision.execution, session: decision.session)
        let finished = ExecutionFinished(event.body)
        let streams = try await renderer.render(
            finished, session: decision.session, language: run.language,
            readsFile: run.language == "bash" && FileRead.matches(run.code))
        return ExecAnswer(
            session: decision.session, execution: decision.execution, requested: decision.requested,
            finished: finished, event: event, skippedInputs: decision.skipped, streams: streams)
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
