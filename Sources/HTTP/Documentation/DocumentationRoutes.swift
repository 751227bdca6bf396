import Events
import HTTPTypes
import Hummingbird

/// `GET /openapi.json`; unknown when `ENABLE_DOCS=false`.
struct DocumentationRoutes: RouteArea {
    private let document: Response?

    init(_ services: APIServices) {
        let configuration = services.configuration
        document = configuration.enableDocs ? Response(json: OpenAPI.document(version: configuration.version)) : nil
    }

    func register(on routes: Routes) {
        guard let document else { return }
        routes.open(.root, .get, "/openapi.json") { _, _ in document }
    }
}
