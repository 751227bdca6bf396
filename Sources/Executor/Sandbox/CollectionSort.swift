/// Sorts what a walk has found into new, changed, unchanged, deleted and skipped (CONTRACT 5.5, C21). Pure but for
/// `hash`, which it calls only for files that may be taken.
struct CollectionSort {
    struct Found: Sendable {
        let rawPath: [UInt8]
        let size: UInt64
        /// The program wrote it, as far as its time tells.
        var isWritten = false
    }

    static let maximumSkipped = 1000

    private let request: CollectionRequest
    private let hash: ([UInt8]) throws -> [UInt8]
    private var result = CollectedFiles()
    private var skippedBeyond = false
    private var taken = 0
    private var names = 0
    /// Bytes of the session's files that were mounted or written, as far as the sorting has come: a changed file
    /// counts by its new size, a removed one no more.
    private var total: UInt64 = 0

    /// - Parameter hash: the SHA-256 of the file at a raw path.
    init(_ request: CollectionRequest, hash: @escaping ([UInt8]) throws -> [UInt8]) {
        self.request = request
        self.hash = hash
    }

    /// - Parameters:
    ///   - found: regular files, sorted by raw path.
    ///   - tooDeep: directories that were not looked into.
    mutating func sort(_ found: [Found], tooDeep: [[UInt8]]) throws -> CollectedFiles {
        // Of two paths with one name the later by byte order wins, so the earlier gives way as the later comes.
        var byName: [String: Found] = [:]
        for file in found {
            guard let name = OutputName.stored(file.rawPath) else {
                skip(OutputName.shown(file.rawPath), file.size, .badName)
                continue
            }
            if let earlier = byName.updateValue(file, forKey: name) { skip(name, earlier.size, .badName) }
        }
        for path in tooDeep { skip(OutputName.shown(path), nil, .badName) }
        let mounted = Dictionary(request.mounted.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
        let removed = request.mounted.filter { byName[$0.path] == nil && !$0.isReadOnly }
        total = request.mounted.reduce(0) { $0 + $1.size } - removed.reduce(0) { $0 + $1.size }
        names = -removed.count
        for (name, file) in byName.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            try sort(name, file, mounted[name])
        }
        for (name, input) in mounted.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
        where byName[name] == nil {
            if input.isReadOnly { result.unchanged.append(name) } else { result.deleted.append(name) }
        }
        result.unchanged.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        if skippedBeyond { result.skipped.append(UncollectedFile(name: nil, size: nil, reason: .tooMany)) }
        return result
    }

    private mutating func sort(_ name: String, _ file: Found, _ input: MountedFile?) throws {
        if input?.isReadOnly == true {
            result.unchanged.append(name)
            return
        }
        guard file.size <= request.maximumFileBytes else { return skip(name, file.size, .tooLarge) }
        // A mounted file has to be read before it is known whether it counts; a new one counts anyway.
        var digest: [UInt8]?
        if let input {
            let found = try hash(file.rawPath)
            if found == input.sha256 {
                result.unchanged.append(name)
                if file.isWritten { result.rewritten.append(name) }
                return
            }
            digest = found
        }
        guard taken < request.maximumFiles else { return skip(name, file.size, .tooMany) }
        guard input != nil || names < request.maximumNewNames else { return skip(name, file.size, .tooMany) }
        let after = total - (input?.size ?? 0) + file.size
        guard after <= request.maximumTotalBytes else { return skip(name, file.size, .sessionTotal) }
        taken += 1
        total = after
        if input == nil { names += 1 }
        let output = CollectedFile(
            path: name, rawPath: file.rawPath, size: file.size, sha256: try digest ?? hash(file.rawPath))
        if input == nil { result.created.append(output) } else { result.modified.append(output) }
    }

    private mutating func skip(_ name: String, _ size: UInt64?, _ reason: UncollectedFile.Reason) {
        if result.skipped.count < Self.maximumSkipped {
            result.skipped.append(UncollectedFile(name: name, size: size, reason: reason))
        } else {
            skippedBeyond = true
        }
    }
}
