internal import Crypto

/// What a compiler left in `/build/out`.
struct CompiledProgram: Sendable, Equatable {
    struct File: Sendable, Equatable {
        /// Relative to the output directory.
        var path: [UInt8]
        var bytes: [UInt8]
    }

    /// More is run from where it is, and not kept.
    static let maximumBytes = 32 << 20
    static let maximumFiles = 4096

    var files: [File]

    private static let mark = Array("RLCP1\n".utf8)
    private static let digestLength = 32

    /// As it is stored: a mark, the digest of all that follows, the key, the files.
    func encoded(key: CompileKey) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(files.reduce(256) { $0 + $1.bytes.count + $1.path.count + 16 })
        func add(_ bytes: some Collection<UInt8>) {
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { body.append(contentsOf: $0) }
            body.append(contentsOf: bytes)
        }
        add(key.hex.utf8)
        for file in files {
            add(file.path)
            add(file.bytes)
        }
        return Self.mark + Array(SHA256.hash(data: body)) + body
    }

    /// Nil if the bytes are not what was stored under this key, for whatever reason.
    init?(_ bytes: [UInt8], key: CompileKey) {
        let start = Self.mark.count + Self.digestLength
        guard bytes.starts(with: Self.mark), bytes.count >= start else { return nil }
        guard Array(SHA256.hash(data: bytes[start...])) == Array(bytes[Self.mark.count..<start]) else { return nil }
        var rest = bytes[start...]
        func next() -> ArraySlice<UInt8>? {
            guard rest.count >= 8 else { return nil }
            let length = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(8)
            guard length <= rest.count else { return nil }
            defer { rest = rest.dropFirst(Int(length)) }
            return rest.prefix(Int(length))
        }
        guard let name = next(), name.elementsEqual(key.hex.utf8) else { return nil }
        files = []
        while !rest.isEmpty {
            guard let path = next(), let content = next() else { return nil }
            files.append(File(path: Array(path), bytes: Array(content)))
        }
    }

    init(files: [File]) {
        self.files = files
    }
}
