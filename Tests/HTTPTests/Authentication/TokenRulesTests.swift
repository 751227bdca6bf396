import Events
import Testing

@testable import HTTP

@Suite struct TokenRulesTests {
    private let now = Timestamp(milliseconds: 1_000_000_000)

    private func claims(_ changes: KeyValuePairs<String, JSONValue?> = [:]) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("iss", "librechat"), ("aud", "codeapi"), ("sub", "66aa01"), ("jti", "j"), ("auth_context_hash", "h"),
            ("principal_source", "librechat_jwt"), ("iat", 1_000_000), ("nbf", 1_000_000), ("exp", 1_000_300),
        ]
        for (name, value) in changes {
            members.removeAll { $0.0 == name }
            if let value { members.append((name, value)) }
        }
        return .object(members.map { JSONMember($0.0, $0.1) })
    }

    private func identity(
        _ changes: KeyValuePairs<String, JSONValue?> = [:], _ configure: (inout TokenConfiguration) -> Void = { _ in }
    ) throws -> Identity {
        var configuration = TokenConfiguration(sources: [])
        configure(&configuration)
        return try TokenRules(configuration: configuration).identity(claims(changes), now: now)
    }

    @Test func `a token is a principal of the single tenant, and its own end user`() throws {
        let identity = try identity()
        #expect(identity.owner == Owner(tenant: "legacy", principal: "66aa01"))
        #expect(identity.actor == Actor(id: "66aa01", kind: "jwt"))
        #expect(identity.endUser == "66aa01" && identity.role == .client && identity.limits.isUnlimited)
    }

    @Test func `the skew is granted on both sides, to the second`() throws {
        for change in [("exp", 999_971), ("nbf", 1_000_030), ("iat", 1_000_030)] as [(String, Int64)] {
            _ = try identity([change.0: .int(change.1), "iat": .int(change.0 == "exp" ? 999_900 : 1_000_000)])
        }
        for change in [("exp", 999_970), ("nbf", 1_000_031), ("iat", 1_000_031)] as [(String, Int64)] {
            #expect(throws: TokenRules.Refusal(claim: change.0)) {
                let issued: Int64 = change.0 == "iat" ? change.1 : change.0 == "exp" ? 999_900 : 1_000_000
                return try identity([change.0: .int(change.1), "iat": .int(issued)])
            }
        }
    }

    @Test func `a life of five minutes is the longest`() throws {
        _ = try identity(["iat": 999_990, "exp": .number("1000290")])
        #expect(throws: TokenRules.Refusal(claim: "exp")) { try identity(["exp": .number("1000300.5")]) }
        #expect(throws: TokenRules.Refusal(claim: "exp")) { try identity(["exp": 1_000_000]) }
    }

    @Test(arguments: [
        "iss", "aud", "sub", "jti", "auth_context_hash", "principal_source", "iat", "nbf", "exp",
    ])
    func `no claim may be missing, null or of another type`(claim: String) {
        for value in [nil, .null, .bool(true), .object([])] as [JSONValue?] {
            #expect(throws: TokenRules.Refusal(claim: claim)) { try identity([claim: value]) }
        }
    }

    @Test func `a stated tenant counts, an empty one is refused, and strictness wants one`() throws {
        #expect(try identity(["tenant_id": "t"]).owner.tenant == "t")
        #expect(try identity(["tenant_id": .null]).owner.tenant == "legacy")
        #expect(throws: TokenRules.Refusal(claim: "tenant_id")) { try identity(["tenant_id": ""]) }
        #expect(throws: TokenRules.Refusal(claim: "tenant_id")) { try identity { $0.isTenantRequired = true } }
    }

    @Test func `roles grant what the operator listed, and nothing else`() throws {
        let listed: (inout TokenConfiguration) -> Void = {
            $0.auditorRoles = ["REVISION"]
            $0.adminRoles = ["OPERATOR"]
        }
        #expect(try identity(["role": "ADMIN"], listed).role == .client)
        #expect(try identity(["role": "OPERATOR"], listed).role == .admin)
        #expect(try identity(["role": "REVISION"], listed).auditedTenant == nil)
        let auditor = try identity(["role": "REVISION", "tenant_id": "t"], listed)
        #expect(auditor.role == .auditor && auditor.auditedTenant == "t")
        #expect(throws: TokenRules.Refusal(claim: "role")) { try identity(["role": 1], listed) }
    }

    @Test func `two tokens of one principal share one account, two principals do not`() throws {
        let limited: (inout TokenConfiguration) -> Void = { $0.requestsPerMinute = 5 }
        let one = try identity(["jti": "a"], limited)
        #expect(try one.rateSubject == identity(["jti": "b"], limited).rateSubject)
        #expect(try one.rateSubject != identity(["sub": "other"], limited).rateSubject)
        #expect(one.limits[.perMinute] == 5)
    }

    @Test(arguments: [("a.b.c", true), ("a.b.", true), ("a.b", false), ("a.b.c.d", false), (".b.c", false), ("a b.c.d", false)])
    func `a token has three parts`(text: String, isToken: Bool) { #expect(SignedToken.hasForm(text) == isToken) }
}
