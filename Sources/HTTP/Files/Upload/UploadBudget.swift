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
                "Unsafe file name", field: field, code: code,
                detail:
                    "A file name must not be empty, hold '..' or NUL, or exceed 1024 bytes, 255 a segment, 20 segments")
        case .tooLarge(let limit):
            .tooLarge(
                "File size limit exceeded: \(limit) bytes", field: field, code: code, closesConnection: true
            )
        case .tooManyFiles(let limit):
            .tooLarge(
                "Too many files: at most \(limit) in one upload", field: field, code: code,
                closesConnection: true)
        case .tooManyNames(let limit):
            .tooLarge(
                "Too many files: at most \(limit) in a session", field: field, code: code,
                closesConnection: true)
        case .sessionTotal(let limit):
            .tooLarge(
                "Session size limit exceeded: \(limit) bytes", field: field, code: code,
                closesConnection: true)
        }
    }
}

extension FileRejection {
    /// What the item of a batch says about it (CONTRACT 7.2).
    var itemText: String {
        switch self {
        case .unsafeName: "Unsafe file name"
        case .tooLarge: "File size limit exceeded"
        case .tooManyFiles(let limit): "Too many files: at most \(limit) in one upload"
        case .tooManyNames(let limit): "Too many files: at most \(limit) in a session"
        case .sessionTotal: "Session size limit exceeded"
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

    /// A file part begins, whatever it is called.
    mutating func count() throws(FileRejection) {
        files += 1
        guard files <= limits.maxFilesPerUpload else { throw .tooManyFiles(limit: limits.maxFilesPerUpload) }
    }

    /// The part that was counted is this file.
    mutating func begin(_ name: String) throws(FileRejection) {
        guard current[name] != nil || current.count < limits.maxFilesPerSession else {
            throw .tooManyNames(limit: limits.maxFilesPerSession)
        }
        open = (name, 0)
    }

    /// Some bytes of the open file came.
    mutating func add(_ count: Int) throws(FileRejection) {
        guard let file = open else { return }
        let bytes = file.bytes + Int64(count)
        guard bytes <= limits.maxFileBytes else { throw .tooLarge(limit: limits.maxFileBytes) }
        guard currentBytes - (current[file.name] ?? 0) + bytes <= limits.maxTotalFileBytes else {
            throw .sessionTotal(limit: limits.maxTotalFileBytes)
        }
        open = (file.name, bytes)
    }

    /// The open file is complete.
    mutating func end() {
        guard let file = open else { return }
        currentBytes += file.bytes - (current.updateValue(file.bytes, forKey: file.name) ?? 0)
        open = nil
    }

    /// The open file is not taken; an earlier one of its name stays what it is.
    mutating func abandon() { open = nil }
}
