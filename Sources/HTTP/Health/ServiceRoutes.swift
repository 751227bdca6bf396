import Events
import HTTPTypes
import Hummingbird

/// How the server and its parts are, for operators (CONTRACT 12). None of it counts against rate limits.
struct ServiceRoutes: RouteArea {
    private let services: APIServices
    private let monitor: HealthMonitor

    /// Paths of single parts, by the name of the check and the kind it must be of; of another kind it is unknown.
    /// There never is a Redis, so that path is no route.
    private static let parts: [(path: String, check: String, kind: String?)] = [
        ("/health/postgres", "postgres", nil), ("/health/blobs", "blob_store", nil),
        ("/health/executor", "executor", nil), ("/health/kubernetes", "executor", "kubernetes"),
        ("/health/minio", "blob_store", "s3"),
    ]

    init(_ services: APIServices) {
        self.services = services
        monitor = HealthMonitor(
            services.dependencies.probes.checks, patience: services.limits.healthPatience,
            logger: services.dependencies.logger)
    }

    func register(on routes: Routes) {
        routes.on(.both, .get, "/health/detailed", for: .read, counts: false) { request, _, _ in
            await detailed(request)
        }
        for part in Self.parts {
            routes.on(.both, .get, part.path, for: .read, counts: false) { request, _, _ in
                try await single(request, part.check, part.kind)
            }
        }
        routes.on(.both, .get, "/status", for: .read, counts: false) { request, _, _ in try await status(request) }
        guard services.configuration.debug else { return }
        let configuration = Response(json: services.configuration.summary)
        routes.on(.both, .get, "/config", for: .read, counts: false) { _, _, _ in configuration }
    }

    private func reports(_ request: Request) async -> [ServiceReport] {
        await monitor.reports(usesCache: request.uri.queryParameters["use_cache"] != "false")
    }

    private func detailed(_ request: Request) async -> Response {
        let reports = await reports(request)
        func count(_ status: HealthStatus) -> JSONValue { .int(reports.count { $0.status == status }) }
        return Self.answer(
            reports.overall,
            [
                "status": .string(reports.overall.rawValue), "timestamp": .string(Timestamp.now().description),
                "services": .object(reports.map { JSONMember($0.name, $0.json) }),
                "summary": [
                    "total_services": .int(reports.count), "healthy_services": count(.healthy),
                    "degraded_services": count(.degraded), "unhealthy_services": count(.unhealthy),
                ],
            ])
    }

    private func single(_ request: Request, _ name: String, _ kind: String?) async throws -> Response {
        let reports = await reports(request)
        guard let report = reports.first(where: { $0.name == name && (kind == nil || $0.kind == kind) }) else {
            throw APIError.unknownRoute
        }
        return Self.answer(report.status, report.json)
    }

    private static func answer(_ status: HealthStatus, _ json: JSONValue) -> Response {
        switch status {
        case .healthy, .unknown: Response(json: json)
        case .degraded: Response(json: json, headers: [.healthStatus: "degraded"])
        case .unhealthy: Response(.serviceUnavailable, json: json, headers: [.retryAfter: "1"])
        }
    }

    /// How long the totals may take before the page is shown without them.
    private static let patience = Duration.seconds(2)

    private func status(_ request: Request) async throws -> Response {
        let reports = await reports(request)
        let configuration = services.configuration
        let lag = reports.first { $0.name == "ledger" }?.details.first { $0.name == "projection_lag_events" }
        // A database that is away, or does not answer, is what this page is to tell, not a reason to have none.
        let counting = OngoingWork { [services] in try await services.dependencies.probes.countExecutions() }
        let executions = try? await counting.result(within: Self.patience)?.get()
        let languages = services.dependencies.languages.filter(\.isAvailable).map(\.language.code)
        return Response(
            json: [
                "overall_status": .string(reports.overall.rawValue),
                "services": .object(
                    reports.map { report in
                        JSONMember(
                            report.name,
                            [
                                "status": .string(report.status.rawValue),
                                "response_time_ms": .int(report.milliseconds),
                            ])
                    }),
                "metrics": [
                    "total_executions": .int(orNull: executions),
                    "total_api_requests": .int(services.tally.requests), "buffer_size": lag?.value ?? 0,
                    "uptime_seconds": .int(Int64(services.tally.uptime / .seconds(1))),
                ],
                "configuration": [
                    "debug_mode": .bool(configuration.debug),
                    "max_execution_time": .int(configuration.limits.maxExecutionSeconds),
                    "max_memory_mb": .int(configuration.limits.maxMemoryMB),
                    "session_ttl_hours": .int(configuration.sessionHours),
                    "supported_languages": .array(languages.map(JSONValue.string)),
                ],
            ])
    }
}
