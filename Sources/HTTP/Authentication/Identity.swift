import Events
import Projections

/// Who a valid credential stands for.
struct Identity: Sendable, Equatable {
    var owner: Owner
    var actor: Actor
    var role: Role = .client
    /// A bearer token's subject: it outranks what the request says about its end user.
    var endUser: String?
    /// SHA-256 of the API key; nil when it was no key.
    var key: Digest32?
    var limits = RateLimits()
    /// The one tenant that an auditor may read; all of them when nil.
    var auditedTenant: String?

    /// Under which its requests are counted against its limits, alike on every replica.
    var rateSubject: String { actor.kind + ":" + (key ?? EventHash.sha256(Array(owner.key.utf8))).hex }
}

/// Who calls: every identity the request proved (CONTRACT 3.1, D3).
struct Caller: Sendable, Equatable {
    /// Owner of what is created; its role counts.
    let acting: Identity
    /// All of them, the acting one first.
    let identities: [Identity]

    init(acting: Identity, others: [Identity] = []) {
        self.acting = acting
        identities = [acting] + others.filter { $0 != acting }
    }

    /// Whether any identity of the request owns what this owner owns.
    func owns(_ owner: Owner) -> Bool { identities.contains { $0.owner == owner } }

    /// Whose files a run of the caller may mount, and whose files it may list, read and delete.
    var readership: Readership { Readership(owners: identities.map(\.owner)) }

    /// Whose sessions, events and executions the caller may read under `/v1`.
    var ledgerReadership: Readership {
        switch (acting.role, acting.auditedTenant) {
        case (.client, _): readership
        case (.auditor, let tenant?): Readership(owners: identities.map(\.owner), auditedTenant: tenant)
        case (.auditor, nil), (.admin, _): Readership(owners: identities.map(\.owner), readsEverything: true)
        }
    }

    /// Whose sessions and executions lists show the caller.
    var listScope: OwnerScope {
        switch (acting.role, acting.auditedTenant) {
        case (.client, _): .owners(identities.map(\.owner))
        case (.auditor, let tenant?): .tenant(tenant)
        case (.auditor, nil), (.admin, _): .everything
        }
    }

    /// The end user as the identity, else the body, else the header states it (CONTRACT 3.2).
    func endUser(stated: String?, header: String?) -> String? { acting.endUser ?? stated ?? header }
}

/// What a route asks of its caller's role.
enum Access: Sendable {
    /// Runs, uploads, deletes and other changes to what the caller owns.
    case change
    /// Reading; auditors may.
    case read
    case admin

    /// - Throws: 403 when the role does not suffice.
    func check(_ caller: Caller) throws {
        switch (self, caller.acting.role) {
        case (.read, _), (.change, .client), (.change, .admin), (.admin, .admin): return
        case (.change, .auditor): throw APIError.forbidden("An auditor may only read")
        case (.admin, _): throw APIError.forbidden("Admin role required")
        }
    }
}
