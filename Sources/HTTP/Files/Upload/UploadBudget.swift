import Events

/// Why one file of an upload is not taken.
enum FileRejection: Error, Equatable {
    case unsafeName
    case tooLarge(limit: Int64)
    /// More file parts than one request may have.
    case tooManyFiles(limit: Int)
    /// More names than one session may have.
    case tooManyNames(limit: Int)
    /// More bytes than one session may have.
    case sessionTotal(limit: Int64)

    /// The answer when it fails the whole upload.
    func error(field: String) -> APIError {
        switch self {
        case .unsafeName:
            .invalid(
                "Unsafe file name", field: field, code: "unsafe_name",
                detail:
                    "A file name must not be empty, hold '..' or NUL, or exceed 1024 bytes, 255 a segment, 20 segments")
        case .tooLarge(let limit):
            .tooLarge(
                "File size limit exceeded: \(limit) bytes", field: field, code: "file_too_large", closesConnection: true
            )
        case .tooManyFiles(let limit):
            .tooLarge(
                "Too many files: at most \(limit) in one upload", field: field, code: "too_many_files",
                closesConnection: true)
        case .tooManyNames(let limit):
            .tooLarge(
                "Too many files: at most \(limit) in a session", field: field, code: "too_many_names",
                closesConnection: true)
        case .sessionTotal(let limit):
            .tooLarge(
                "Session size limit exceeded: \(limit) bytes", field: field, code: "session_total",
                closesConnection: true)
        }
    }
}

/// What an upload may still bring, counted while it is read. Of files with one name only the last is current, so
/// only that one counts for the session's limits (CONTRACT 7.7).
struct UploadBudget {
    private let limits: HTTPConfiguration.Limits
    private var files = 0
    /// Sizes of the current files so far.
    private var current: [String: Int64] = [:]
    private var currentBytes: Int64 = 0
    private var open: (name: String, bytes: Int64)?

    init(_ limits: HTTPConfiguration.Limits) { self.limits = limits }

    /// A file begins.
    mutating func begin(_ name: String) throws(FileRejection) {
        files += 1
        guard files <= limits.maxFilesPerUpload else { throw .tooManyFiles(limit: limits.maxFilesPerUpload) }
        let earlier = current.removeValue(forKey: name) ?? 0
        guard current.count < limits.maxFilesPerSession else { throw .tooManyNames(limit: limits.maxFilesPerSession) }
        currentBytes -= earlier
        open = (name, 0)
    }

    /// Some bytes of the open file came.
    mutating func add(_ count: Int) throws(FileRejection) {
        guard let file = open else { return }
        let bytes = file.bytes + Int64(count)
        guard bytes <= limits.maxFileBytes else { throw .tooLarge(limit: limits.maxFileBytes) }
        guard currentBytes + bytes <= limits.maxTotalFileBytes else {
            throw .sessionTotal(limit: limits.maxTotalFileBytes)
        }
        open = (file.name, bytes)
    }

    /// The open file is complete.
    mutating func end() {
        guard let file = open else { return }
        current[file.name] = file.bytes
        currentBytes += file.bytes
        open = nil
    }
}
