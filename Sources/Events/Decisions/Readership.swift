/// Whose things a request may see: pure access rules over folded sessions (CONTRACT 3.2). What it may not see must
/// be answered exactly like what does not exist.
public struct Readership: Sendable, Equatable {
    /// The owners the request proved to be.
    public var owners: [Owner]
    /// True for auditors and admins, under `/v1` only.
    public var readsEverything: Bool
    /// The tenant of which an auditor may read everything, if not of all.
    public var auditedTenant: String?

    /// What requests of these owners may see.
    public init(owners: [Owner], readsEverything: Bool = false, auditedTenant: String? = nil) {
        self.owners = owners
        self.readsEverything = readsEverything
        self.auditedTenant = auditedTenant
    }

    /// Whether what this owner owns is the request's own.
    public func owns(_ owner: Owner) -> Bool { owners.contains(owner) }

    /// Whether a session may be looked at as a whole: its events, its executions, its private files.
    public func reads(_ session: SessionState) -> Bool {
        readsEverything || owns(session.owner) || auditedTenant == session.owner.tenant
    }

    /// Whether one file of a session may be mounted, listed, downloaded or probed by a request that says this about
    /// it. Its own files always; shared ones (`kind=agent|skill`, or with an entity id) by every principal of the
    /// tenant, provided that what the request states about a shared file is what its upload said. Sharing never
    /// reaches through an alias: that somebody's private session links an agent's file must not show.
    public func reads(_ file: SessionFile, in session: SessionState, stated: ResourceIdentity = ResourceIdentity())
        -> Bool
    {
        let isReachable =
            reads(session)
            || (file.resource.isShared && file.bucket == session.id
                && owners.contains { $0.tenant == session.owner.tenant })
        return isReachable && (!file.resource.isShared || file.resource.agrees(with: stated))
    }

    /// Whether one file may be deleted: by its owner, or, when shared, by those of the tenant who state the kind and
    /// id it was uploaded with. What its upload did not say nobody can state.
    public func deletes(_ file: SessionFile, in session: SessionState, stated: ResourceIdentity) -> Bool {
        guard reads(file, in: session, stated: stated) else { return false }
        return owns(session.owner) || file.resource.isKnown(to: stated)
    }
}

extension ResourceIdentity {
    /// Whether another statement about the same file is consistent with this one. Only what both state is compared;
    /// an upload that gave an entity id alone is that agent's file, and the id beside `kind=user` means nothing
    /// (clients put the file's own id there).
    public func agrees(with stated: ResourceIdentity) -> Bool {
        func agree(_ left: String?, _ right: String?) -> Bool { left == nil || right == nil || left == right }
        guard agree(kind, stated.kind) else { return false }
        if stated.kind == "user" { return true }
        return agree(id ?? entityID, stated.id ?? stated.entityID) && agree(version, stated.version)
    }

    /// Whether a statement names the kind and id of this upload, not merely nothing that contradicts them. An upload
    /// with an entity id alone has no kind: naming the entity is all there is.
    func isKnown(to stated: ResourceIdentity) -> Bool {
        guard agrees(with: stated) else { return false }
        guard let kind, kind != "user" else {
            return entityID != nil
                && (stated.entityID == entityID || (stated.kind == "agent" && stated.id == entityID))
        }
        guard let own = id ?? entityID else { return false }
        return stated.kind == kind && (stated.id ?? stated.entityID) == own
    }
}
