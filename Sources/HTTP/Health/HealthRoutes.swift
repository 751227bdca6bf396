import Events
import Hummingbird

/// `GET /health` and `GET /ready`.
struct HealthRoutes: RouteArea {
    private let version: String
    private let readiness: Readiness

    init(_ services: APIServices) {
        version = services.configuration.version
        readiness = services.readiness
    }

    func register(on routes: Routes) {
        routes.open(.both, .get, "/health") { _, _ in
            Response(json: [
                "status": "healthy", "version": .string(version), "timestamp": .string(Timestamp.now().description),
                "service": "runledger-api",
            ])
        }
        routes.open(.both, .get, "/ready") { _, _ in
            let (isReady, verdicts) = await readiness.verdicts()
            let checks = verdicts.map { JSONMember($0.name, .string($0.verdict)) }
            return Response(
                isReady ? .ok : .serviceUnavailable,
                json: ["status": isReady ? "ready" : "not_ready", "checks": .object(checks)],
                headers: isReady ? [:] : [.retryAfter: "1"])
        }
    }
}
