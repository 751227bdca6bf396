/// A file to be mounted under `/mnt/data`.
struct SandboxInput: Sendable {
    /// Relative to `/mnt/data`, with `/` between segments.
    let path: String
    /// Mode 0444 instead of 0644.
    let isReadOnly: Bool
    /// Writes the whole content, in pieces of any size.
    let write: @Sendable (any SandboxFileSink) async throws -> Void

    init(
        path: String, isReadOnly: Bool = false, write: @escaping @Sendable (any SandboxFileSink) async throws -> Void
    ) {
        self.path = path
        self.isReadOnly = isReadOnly
        self.write = write
    }

    init(path: String, isReadOnly: Bool = false, bytes: [UInt8]) {
        self.init(path: path, isReadOnly: isReadOnly) { try await $0.write(bytes) }
    }
}

/// Takes the bytes of one input.
protocol SandboxFileSink: Sendable {
    func write(_ bytes: [UInt8]) async throws
}
