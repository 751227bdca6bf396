/// What was mounted, as far as collection needs to know it.
struct MountedFile: Sendable, Equatable {
    /// As given to ``SandboxInput/path``, in NFC.
    let path: String
    let sha256: [UInt8]
    /// Bytes.
    let size: UInt64
    let isReadOnly: Bool

    init(path: String, sha256: [UInt8], size: UInt64 = 0, isReadOnly: Bool = false) {
        self.path = path
        self.sha256 = sha256
        self.size = size
        self.isReadOnly = isReadOnly
    }
}

/// What to look for after a run.
struct CollectionRequest: Sendable {
    var mounted: [MountedFile]
    /// `MAX_FILE_SIZE_MB`.
    var maximumFileBytes: UInt64 = 150 << 20
    /// `MAX_OUTPUT_FILES`: new and changed files together.
    var maximumFiles: Int = 50
    /// What the mounted files and those that are taken may come to, together.
    var maximumTotalBytes: UInt64 = 2048 << 20
    /// Names that the session may still get.
    var maximumNewNames: Int = .max

    init(mounted: [MountedFile] = []) {
        self.mounted = mounted
    }
}

/// What a run left in `/mnt/data`, compared by content with what was mounted (CONTRACT 5.5). Each list is sorted by
/// the bytes of the path.
struct CollectedFiles: Sendable, Equatable {
    /// At paths where nothing was mounted.
    var created: [CollectedFile] = []
    /// At mounted paths, with other bytes.
    var modified: [CollectedFile] = []
    /// Mounted paths whose bytes are the same, and all read-only ones.
    var unchanged: [String] = []
    /// Of the unchanged ones those that the program wrote again with the bytes they had (C6).
    var rewritten: [String] = []
    /// Mounted paths where no file is any more.
    var deleted: [String] = []
    /// Files that are not taken, with the reason; after 1000 of them one without a name.
    var skipped: [UncollectedFile] = []
}

/// A file that is taken.
struct CollectedFile: Sendable, Equatable {
    /// Relative, NFC, without control characters.
    let path: String
    /// The path's bytes in the sandbox, for reading.
    let rawPath: [UInt8]
    let size: UInt64
    let sha256: [UInt8]
}

/// A file that is not taken.
struct UncollectedFile: Sendable, Equatable {
    enum Reason: String, Sendable {
        case tooLarge = "too_large"
        case tooMany = "too_many"
        case sessionTotal = "session_total"
        case badName = "bad_name"
    }

    /// Nil in the entry that stands for all after the thousandth.
    let name: String?
    let size: UInt64?
    let reason: Reason
}
