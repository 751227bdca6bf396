import Events
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /openapi.json`, and the same to read at `/docs` and `/redoc`; unknown when `ENABLE_DOCS=false`.
struct DocumentationRoutes: RouteArea {
    private let configuration: HTTPConfiguration

    init(_ services: APIServices) { configuration = services.configuration }

    func register(on routes: Routes) {
        guard configuration.enableDocs else { return }
        let document = Response(json: OpenAPI.document(version: configuration.version))
        routes.open(.root, .get, "/openapi.json") { _, _ in document }
        let page = DocumentationPage(
            version: configuration.version, operations: OpenAPI.operations, schemas: OpenAPI.schemas)
        let bytes = ByteBuffer(string: page.html)
        for path in ["/docs", "/redoc"] {
            routes.open(.root, .get, path) { _, _ in
                Response(
                    status: .ok,
                    headers: [
                        .contentType: "text/html; charset=utf-8", .contentSecurityPolicy: SecurityHeaders.pagePolicy,
                    ], body: ResponseBody(byteBuffer: bytes))
            }
        }
    }
}
