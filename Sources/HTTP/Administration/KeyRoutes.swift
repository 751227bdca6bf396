import Events
import HTTPTypes
import Hummingbird
import Projections

/// Managed keys under `/api/v1/admin/keys` (CONTRACT 11).
struct KeyRoutes: RouteArea {
    private let services: APIServices

    init(_ services: APIServices) { self.services = services }

    private var keys: KeyServices { services.keys }

    func register(on routes: Routes) {
        let path = "/api/v1/admin/keys"
        routes.on(.root, .get, path, for: .admin) { _, _, _ in try await list() }
        routes.json(.root, .post, path, for: .admin) { body, _, _, caller in try await create(body, caller) }
        routes.json(.root, .patch, path + "/:key_hash", for: .admin) { body, _, context, caller in
            let change = try KeyRequest.change(body.value)
            return try await edit(context) {
                try await keys.administration.change($0, change, actor: caller.acting.actor)
            }
        }
        routes.on(.root, .delete, path + "/:key_hash", for: .admin) { _, context, caller in
            try await edit(context) { try await keys.administration.revoke($0, actor: caller.acting.actor) }
        }
    }

    private func list() async throws -> Response {
        // So that what was counted here is in the answer; other replicas are at most a second behind.
        try await keys.uses.flush()
        let uses = try await services.dependencies.accounts.uses()
        try await keys.directory.refresh()
        let environment = keys.environment.entries.map { KeyRecord($0, tenant: services.configuration.envKeysTenant) }
        let managed = keys.directory.keys.all.map(KeyRecord.init)
        return Response(json: .array((environment + managed).map { $0.json(uses[$0.hash]) }))
    }

    private func create(_ body: JSONBody, _ caller: Caller) async throws -> Response {
        let (key, record) = try await keys.administration.create(
            try KeyRequest.newKey(body.value), actor: caller.acting.actor)
        try await keys.directory.refresh()
        return Response(json: ["api_key": .string(key), "record": KeyRecord(record).json(nil)])
    }

    /// Carries out a change of the key that the path names.
    private func edit(_ context: APIRequestContext, _ change: (Digest32) async throws -> Bool) async throws -> Response
    {
        guard let hash = Digest32(hex: context.capture("key_hash")), hash.count == 32 else {
            throw APIError.keyNotFound
        }
        guard keys.environment.identity(of: hash) == nil else {
            throw APIError.forbidden("This key comes from the environment and is changed there")
        }
        guard try await change(hash) else { throw APIError.keyNotFound }
        try await keys.directory.refresh()
        return Response(json: true)
    }
}

extension APIError {
    fileprivate static let keyNotFound = notFound("API key not found")
}
