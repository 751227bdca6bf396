import HTTPTypes

/// Everything about files except runs (CONTRACT 7): upload, list, probe, download, delete.
struct FileRoutes: RouteArea {
    let services: APIServices

    init(_ services: APIServices) { self.services = services }

    func register(on routes: Routes) {
        routes.x2(.post, "/upload", for: .change, use: upload)
        routes.x2(.post, "/upload/batch", for: .change, use: uploadBatch)
        routes.x2(.get, "/files/:session_id", for: .read, use: list)
        routes.x2(.get, "/sessions/:session_id/objects/:file_id", for: .read, use: probe)
        routes.x2(.get, "/download/:session_id/:file_id", for: .read, use: download)
        routes.open(.both, .options, "/download/:session_id/:file_id", use: downloadOptions)
        routes.x2(.delete, "/files/:session_id/:file_id", for: .change, use: delete)
        routes.x2(.delete, "/sessions/:session_id/objects/:file_id", for: .change, use: delete)
    }

    var lookup: FileLookup { FileLookup(sessions: services.sessions) }
}
