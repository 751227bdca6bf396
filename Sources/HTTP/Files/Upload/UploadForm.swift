import Events

/// The fields of an upload form (CONTRACT 7.1). They may stand before or behind the files.
struct UploadForm: Equatable {
    /// Bytes of a field's value; no field of ours comes near it. A longer value counts as not given.
    static let maximumFieldBytes = 1024

    /// Text of the fields we know, by name. Of repeated ones the last counts.
    private var values: [String: String] = [:]

    private static let known: Set<String> = ["kind", "id", "version", "read_only", "entity_id", "user_id"]

    /// Whether a field's value is of interest.
    static func reads(_ name: String?) -> Bool { name.map(known.contains) ?? false }

    mutating func set(_ name: String, _ value: String) { values[name] = value }

    /// Whom the files belong to. A value that breaks its rule counts as not given: clients fill these fields by
    /// themselves, and a refusal would lose the upload.
    var resource: ResourceIdentity {
        let kind = text("kind").map(ResourceIdentity.kind)
        return ResourceIdentity(
            kind: kind, id: text("id").flatMap { Self.isResourceID($0) ? $0 : nil },
            version: kind == "skill" ? text("version").flatMap { Self.isDecimal($0) ? $0 : nil } : nil,
            entityID: text("entity_id").flatMap { $0.unicodeScalars.count <= 256 ? $0 : nil })
    }

    /// Whether the files are read-only for good.
    var isReadOnly: Bool { text("read_only")?.lowercased() == "true" }

    /// The end user, as the form states it.
    var userID: String? { text("user_id") }

    private func text(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    private static func isResourceID(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "A"..."Z", "a"..."z", "0"..."9", "_", ".", ":", "-": true
                default: false
                }
            }
    }

    private static func isDecimal(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { ("0"..."9").contains($0) }
    }
}
