/// Every area of the API, in the order they are registered.
let routeAreas: [any RouteArea.Type] = [
    ExecRoutes.self,
    ProgrammaticRoutes.self,
    FileRoutes.self,
    StateRoutes.self,
    LanguageRoutes.self,
    SessionRoutes.self,
    ExecutionRoutes.self,
    KeyRoutes.self,
    HealthRoutes.self,
    ServiceRoutes.self,
    DocumentationRoutes.self,
]
