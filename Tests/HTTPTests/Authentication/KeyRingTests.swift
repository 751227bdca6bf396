import Events
import Testing

@testable import HTTP

@Suite struct KeyRingTests {
    private func ring(_ change: (inout HTTPConfiguration) -> Void = { _ in }) -> KeyRing {
        var configuration = HTTPConfiguration()
        configuration.apiKeys = ["sk-first-key-of-the-list", "sk-second-key-of-the-list"]
        configuration.masterKey = "sk-master-key-of-the-house"
        change(&configuration)
        return KeyRing(configuration)
    }

    @Test func `a key stands for the tenant named by its digest`() throws {
        let identity = try #require(ring().identity(of: "sk-first-key-of-the-list"))
        let name = "key:" + EventHash.sha256(Array("sk-first-key-of-the-list".utf8)).prefix(8).hex
        #expect(identity.owner == Owner(tenant: name))
        #expect(identity.actor == Actor(id: name, kind: "api_key"))
        #expect(identity.role == .client)
    }

    @Test func `environment keys may share a tenant, and are still told apart as actors`() throws {
        let ring = ring { $0.envKeysTenant = "house" }
        let first = try #require(ring.identity(of: "sk-first-key-of-the-list"))
        let second = try #require(ring.identity(of: "sk-second-key-of-the-list"))
        #expect(first.owner == second.owner && first.owner.tenant == "house")
        #expect(first.actor != second.actor)
    }

    @Test(arguments: ["", "sk-first-key-of-the-lis", "sk-first-key-of-the-listx", "SK-FIRST-KEY-OF-THE-LIST"])
    func `a key is compared whole`(key: String) { #expect(ring().identity(of: key) == nil) }

    @Test func `the master key is an admin`() {
        #expect(ring().identity(of: "sk-master-key-of-the-house")?.role == .admin)
    }
}

@Suite struct AccessTests {
    private func caller(_ role: Role) -> Caller {
        Caller(acting: Identity(owner: Owner(tenant: "t"), actor: Actor(id: "a", kind: "api_key"), role: role))
    }

    @Test func `an auditor reads and changes nothing`() throws {
        try Access.read.check(caller(.auditor))
        #expect(throws: APIError.self) { try Access.change.check(caller(.auditor)) }
        #expect(throws: APIError.self) { try Access.admin.check(caller(.auditor)) }
        #expect(caller(.auditor).ledgerReadership.readsEverything)
        #expect(!caller(.auditor).readership.readsEverything)
    }

    @Test func `a client runs and is no admin`() throws {
        try Access.change.check(caller(.client))
        #expect(throws: APIError.self) { try Access.admin.check(caller(.client)) }
    }

    @Test func `the end user of a token outranks what the request states`() {
        var identity = caller(.client).acting
        #expect(Caller(acting: identity).endUser(stated: "body", header: "header") == "body")
        #expect(Caller(acting: identity).endUser(stated: nil, header: "header") == "header")
        identity.endUser = "sub"
        #expect(Caller(acting: identity).endUser(stated: "body", header: "header") == "sub")
    }
}
