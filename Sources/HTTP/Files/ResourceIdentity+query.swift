import Events
import Hummingbird

extension ResourceIdentity {
    /// What the query of a request says about the file it names: `kind`, `id`, `version`, `entity_id`.
    ///
    /// With `kind=user` the id is dropped: clients fill it with the file's own id (CONTRACT 3.2).
    init(queryOf request: Request) {
        let parameters = request.uri.queryParameters
        func text(_ name: Substring) -> String? {
            guard let value = parameters[name], !value.isEmpty else { return nil }
            return String(value)
        }
        let kind = text("kind").map(Self.kind)
        self.init(
            kind: kind, id: kind == "user" ? nil : text("id"), version: text("version"), entityID: text("entity_id"))
    }

    /// A `kind` as stated: what is neither `agent` nor `skill` counts as `user` (CONTRACT 7.1).
    static func kind(_ stated: String) -> String { stated == "agent" || stated == "skill" ? stated : "user" }
}
