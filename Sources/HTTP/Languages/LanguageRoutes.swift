import Hummingbird

/// `GET /v1/languages`.
struct LanguageRoutes: RouteArea {
    private let answer: Response

    init(_ services: APIServices) {
        answer = Response(json: LanguageCatalog(services.dependencies.languages).json)
    }

    func register(on routes: Routes) {
        routes.v1(.get, "/languages", for: .read) { [answer] _, _, _ in answer }
    }
}
