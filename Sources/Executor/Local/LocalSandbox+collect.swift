internal import CSandbox
internal import Crypto
internal import Glibc

extension LocalSandbox {
    func collect(_ request: CollectionRequest) async throws -> CollectedFiles {
        try await life.use(at: .ended, Self.early) {
            try await onDedicatedThread { [handles] in try Self.collect(request, from: handles.data) }
        }
    }

    private static let early = "files are read after the run and before destroy"

    private static func collect(_ request: CollectionRequest, from data: HeldDescriptor) throws -> CollectedFiles {
        var walk = DirectoryWalk(mounted: request.mounted.map(\.path))
        try walk.walk(data)
        var sort = CollectionSort(request) { try hash($0, in: data) }
        let found = walk.files.map {
            CollectionSort.Found(rawPath: $0.rawPath, size: $0.size, isWritten: $0.isWritten)
        }
        return try sort.sort(found, tooDeep: walk.tooDeep)
    }

    func contents(of file: CollectedFile) throws -> SandboxFileBytes {
        let descriptor = try life.useNow(at: .ended, Self.early) { try Self.open(file.rawPath, in: handles.data) }
        return SandboxFileBytes { try Self.readPiece(descriptor) }
    }

    /// Opens a regular file beneath the directory, whatever its path pretends.
    static func open(_ rawPath: [UInt8], in directory: HeldDescriptor) throws -> HeldDescriptor {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let number = sandbox_open_beneath(directory.raw, cString(rawPath), flags, 0)
        guard number >= 0 else {
            throw systemError(.badPath, String(decoding: rawPath, as: UTF8.self))
        }
        let file = HeldDescriptor(number)
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SandboxError(.badPath, "not a regular file")
        }
        return file
    }

    private static func hash(_ rawPath: [UInt8], in directory: HeldDescriptor) throws -> [UInt8] {
        let file = try open(rawPath, in: directory)
        var sha256 = SHA256()
        while let piece = try readPiece(file) { sha256.update(data: piece) }
        return Array(sha256.finalize())
    }

    private static let pieceBytes = 256 << 10

    private static func readPiece(_ file: HeldDescriptor) throws -> [UInt8]? {
        var failed = false
        let piece = [UInt8](unsafeUninitializedCapacity: pieceBytes) { buffer, count in
            let length = read(file.raw, buffer.baseAddress, pieceBytes)
            failed = length < 0
            count = max(0, length)
        }
        if failed { throw systemError(.unavailable, layer: "files", "read") }
        return piece.isEmpty ? nil : piece
    }
}
