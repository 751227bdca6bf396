import Events
import Postgres

/// The columns of `file_view`, in the order of the table, and of the parameters of `apply_files`.
enum FileColumns {
    /// How many columns `files(_:from:)` reads.
    static let arrayCount = 18

    static func parameters(_ rows: [ViewChanges.FileRow]) -> [SQLParameter] {
        [
            rows.texts { $0.session }, rows.texts { $0.file.id }, rows.texts { $0.file.name },
            rows.integers { $0.file.content.size }, rows.digests { $0.file.content.sha256 },
            rows.texts { $0.file.content.contentType }, rows.booleans { $0.file.content.readOnly },
            rows.texts { $0.file.bucket }, rows.texts { $0.file.origin.rawValue },
            rows.times { $0.file.createdAt }, rows.integers { $0.file.position }, rows.texts { $0.file.execution },
            rows.texts { $0.file.modifiedFrom?.id }, rows.texts { $0.file.modifiedFrom?.session },
            rows.texts { $0.file.resource.kind }, rows.texts { $0.file.resource.id },
            rows.texts { $0.file.resource.version }, rows.texts { $0.file.resource.entityID },
            rows.booleans { $0.file.isCurrent },
        ]
    }

    /// Files that come as one array per column, without `session`, from `first` on.
    static func files(_ row: SQLRow, from first: Int) throws -> [SessionFile] {
        let ids: [String] = try row.array(first)
        guard !ids.isEmpty else { return [] }
        let names: [String] = try row.array(first + 1)
        let sizes: [Int64] = try row.array(first + 2)
        let digests: [[UInt8]] = try row.array(first + 3)
        let contentTypes: [String?] = try row.array(first + 4)
        let readOnly: [Bool] = try row.array(first + 5)
        let buckets: [String] = try row.array(first + 6)
        let origins: [String] = try row.array(first + 7)
        let times: [Int64] = try row.array(first + 8)
        let positions: [Int64] = try row.array(first + 9)
        let executions: [String?] = try row.array(first + 10)
        let modified: [String?] = try row.array(first + 11)
        let modifiedSessions: [String?] = try row.array(first + 12)
        let kinds: [String?] = try row.array(first + 13)
        let resources: [String?] = try row.array(first + 14)
        let versions: [String?] = try row.array(first + 15)
        let entities: [String?] = try row.array(first + 16)
        let current: [Bool] = try row.array(first + 17)
        // The arrays come of one aggregation, so all have the same count.
        return ids.indices.map { index in
            SessionFile(
                content: FileContent(
                    id: ids[index], name: names[index], size: sizes[index], sha256: digests[index],
                    contentType: contentTypes[index], readOnly: readOnly[index]),
                bucket: buckets[index], origin: FileOrigin(rawValue: origins[index]) ?? .upload,
                createdAt: Timestamp(microseconds: times[index]), position: positions[index],
                execution: executions[index],
                modifiedFrom: modified[index].map { FileReference(id: $0, session: modifiedSessions[index] ?? "") },
                resource: ResourceIdentity(
                    kind: kinds[index], id: resources[index], version: versions[index], entityID: entities[index]),
                isCurrent: current[index])
        }
    }
}
