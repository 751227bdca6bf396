import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
public import ServiceLifecycle

/// The HTTP side of the house as a service: listens until graceful shutdown, then lets running requests finish.
public struct HTTPServer: Service {
    private let configuration: HTTPConfiguration
    private let dependencies: HTTPDependencies
    private let readiness: Readiness
    private let runs: RunGate
    private let keys: KeyServices
    private let tally = RequestTally()

    /// A server that listens once it runs.
    public init(configuration: HTTPConfiguration, dependencies: HTTPDependencies) {
        self.configuration = configuration
        self.dependencies = dependencies
        readiness = Readiness(dependencies.readiness)
        runs = RunGate(
            capacity: configuration.limits.maxConcurrentExecutions + configuration.limits.maxQueuedExecutions)
        keys = KeyServices(configuration, dependencies)
    }

    /// Listens and answers until graceful shutdown, and then until no run is waited for: meanwhile `/ready` and new
    /// runs are answered 503, which a closed socket could not.
    public func run() async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [try application()], logger: dependencies.logger))
        // Detached, because it must not hear of this task's graceful shutdown before the runs are over.
        let serving = Task.detached { try await group.run() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await keys.whileFollowed { try await serving.value }
            } onGracefulShutdown: { [readiness, runs] in
                runs.close()
                Task {
                    await readiness.drain()
                    await runs.emptied()
                    await group.triggerGracefulShutdown()
                }
            }
        } onCancel: {
            serving.cancel()
        }
    }

    private func application() throws -> some ApplicationProtocol {
        Application(
            responder: APIResponder(
                inner: router().buildResponder(), configuration: configuration, meter: keys.meter,
                tally: tally),
            server: try server(),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1024),
            logger: dependencies.logger)
    }

    private func server() throws -> HTTPServerBuilder {
        let plain = HTTPServerBuilder.http1(configuration: channelConfiguration)
        guard let tls = configuration.tls else { return plain }
        return try .tls(plain, tlsConfiguration: tls.configuration)
    }

    /// All routes, behind one middleware for what no route takes.
    private func router() -> Router<APIRequestContext> {
        let router = Router(context: APIRequestContext.self, options: .autoGenerateHeadEndpoints)
        let table = RouteTable()
        router.add(middleware: UnmatchedRoutes(table: table))
        let routes = Routes(
            router: router, table: table, entrance: Entrance(authenticator: keys.authenticator, meter: keys.meter),
            limits: configuration.limits)
        let services = APIServices(
            configuration: configuration, dependencies: dependencies, readiness: readiness, runs: runs,
            keys: keys, tally: tally)
        for area in routeAreas { area.init(services).register(on: routes) }
        return router
    }

    /// Headers over the limit are refused by `APIResponder` with a proper body; the parser's own limits only stop
    /// what would fill the memory.
    private var channelConfiguration: HTTP1Channel.Configuration {
        let limits = configuration.limits
        let most = limits.maxHeaderBytes + 64 * 1024
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionHandler(bodyTimeout: limits.requestBodyTimeout)],
            idleTimeout: TimeAmount(limits.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: most, maxHeaderListSize: most, maxHeaderFieldCount: 1000))
    }
}

/// ServiceLifecycle logs services by their description.
extension HTTPServer: CustomStringConvertible {
    /// Address only.
    public var description: String { "HTTPServer(\(configuration.host):\(configuration.port))" }
}
