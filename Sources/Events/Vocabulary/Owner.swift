/// Whom sessions, files and executions belong to (CONTRACT 3.2).
public struct Owner: Sendable, Hashable {
    public var tenant: String
    public var principal: String

    public init(tenant: String, principal: String) {
        self.tenant = tenant
        self.principal = principal
    }

    /// An identity that stands for a whole tenant, as every API key does.
    public init(tenant: String) { self.init(tenant: tenant, principal: tenant) }

    /// One text that is equal for equal owners, for keys and fairness.
    public var key: String { tenant == principal ? tenant : "\(tenant)\u{1F}\(principal)" }
}

/// Who caused an event, as recorded in its body.
public struct Actor: Sendable, Equatable {
    public var id: String
    /// `api_key`, `jwt`, `trusted_network`, `anonymous` or `system`.
    public var kind: String

    public init(id: String, kind: String) {
        self.id = id
        self.kind = kind
    }

    var json: JSONValue { ["id": .string(id), "kind": .string(kind)] }

    init(_ json: JSONValue?) {
        id = json?["id"]?.string ?? ""
        kind = json?["kind"]?.string ?? ""
    }
}
