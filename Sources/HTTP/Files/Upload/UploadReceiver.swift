import Events
import Hummingbird
import NIOCore

/// Reads an upload form: fields and small files into memory, other files into storage. Nothing it stored is visible
/// before an append names it, and `discard` removes it.
struct UploadReceiver {
    /// What a file that may not be taken means.
    enum Strictness {
        /// The whole upload fails.
        case allOrNothing
        /// Only that file does (CONTRACT 7.2).
        case eachByItself
    }

    /// One file part, in the order they were sent.
    enum Item {
        case stored(ReceivedFile)
        case refused(filename: String, FileRejection)
    }

    /// Bytes of small files held until the append.
    private static let roomForSmallFiles = 2 << 20
    /// File parts of a form, whether taken or not: each costs some memory until the answer.
    private static let mostItems = 10_000

    private let session: String
    private let blobs: any BlobStore
    private let strictness: Strictness
    private let patience: Duration
    private var budget: UploadBudget
    private var room = Self.roomForSmallFiles
    private var open = OpenPart.none
    private(set) var form = UploadForm()
    /// What the form says, if anybody asks.
    private(set) var digest: FormDigest?
    /// In the order they were sent.
    private(set) var items: [Item] = []

    /// Those that were taken.
    var files: [ReceivedFile] {
        items.compactMap { item in
            if case .stored(let file) = item { file } else { nil }
        }
    }

    private enum OpenPart {
        case none
        /// A part nobody reads.
        case ignored
        case field(String, [UInt8])
        /// Its name as sent, and the name of its form field for errors.
        case file(FileReceiver, filename: String, field: String)
    }

    init(
        session: String, blobs: any BlobStore, limits: HTTPConfiguration.Limits, strictness: Strictness,
        digest: FormDigest? = nil
    ) {
        self.session = session
        self.blobs = blobs
        self.strictness = strictness
        patience = limits.longestUpload
        self.digest = digest
        budget = UploadBudget(limits)
    }

    /// Reads a body to its end.
    ///
    /// - Throws: 400 for a broken form or an unsafe name, 408 when it takes too long, 413 for a limit. Then `discard` is
    ///   due.
    mutating func receive(_ body: RequestBody, boundary: [UInt8], limit: Int64) async throws {
        var parser = MultipartParser(boundary: boundary)
        var total: Int64 = 0
        let deadline = ContinuousClock.now + patience
        do {
            for try await buffer in body {
                total += Int64(buffer.readableBytes)
                guard total <= limit else { throw APIError.bodyTooLarge(limit: limit) }
                guard ContinuousClock.now < deadline else { throw APIError.uploadTooSlow(patience) }
                for event in try parser.feed(buffer) { try await take(event) }
            }
            try parser.finish()
        } catch let error as MultipartError {
            throw APIError.invalid("The multipart body is malformed", field: "body", detail: error.message)
        }
    }

    /// Drops everything stored so far. Runs to its end even when the request is cancelled.
    func discard() async {
        var writers = files.compactMap { file -> (any BlobWriter)? in
            if case .streamed(_, let writer) = file.bytes { writer } else { nil }
        }
        if case .file(let receiver, _, _) = open, let writer = receiver.writer { writers.append(writer) }
        let abandoned = writers
        guard !abandoned.isEmpty else { return }
        await Task { for writer in abandoned { await writer.discard() } }.value
    }

    private mutating func take(_ event: MultipartEvent) async throws {
        switch event {
        case .partBegan(let part):
            digest?.begin(part)
            open = try begin(part)
        case .body(let bytes):
            digest?.add(bytes)
            try await add(bytes)
        case .partEnded:
            digest?.end()
            try await end()
        case .finished: break
        }
    }

    private mutating func begin(_ part: MultipartPart) throws -> OpenPart {
        guard let filename = part.filename else {
            guard let name = part.name, UploadForm.reads(name) else { return .ignored }
            return .field(name, [])
        }
        let field = part.name ?? "file"
        guard items.count < Self.mostItems else {
            throw FileRejection.tooManyFiles(limit: Self.mostItems).error(field: field)
        }
        do throws(FileRejection) {
            try budget.count()
            guard let name = MountPath.stored(filename) else { throw FileRejection.unsafeName }
            try budget.begin(name)
            let receiver = FileReceiver(
                filename: filename, name: name, contentType: part.contentType, session: session, blobs: blobs)
            return .file(receiver, filename: filename, field: field)
        } catch {
            try refuse(filename, error, field)
            return .ignored
        }
    }

    private mutating func add(_ bytes: ByteBuffer) async throws {
        switch open {
        case .none, .ignored: return
        case .field(let name, var value):
            // One byte more than allowed is enough to know.
            let room = UploadForm.maximumFieldBytes + 1 - value.count
            value.append(contentsOf: bytes.readableBytesView.prefix(room))
            open = .field(name, value)
        case .file(var receiver, let filename, let field):
            do {
                try budget.add(bytes.readableBytes)
            } catch {
                try refuse(filename, error, field)
                budget.abandon()
                open = .ignored
                await receiver.writer?.discard()
                return
            }
            // Released first: the block must have one owner, or each append copies it.
            open = .ignored
            defer { open = .file(receiver, filename: filename, field: field) }
            try await receiver.write(bytes)
        }
    }

    private mutating func end() async throws {
        switch open {
        case .none, .ignored: break
        case .field(let name, let value):
            if value.count <= UploadForm.maximumFieldBytes { form.set(name, FormText.decode(value)) }
        case .file(var receiver, _, _):
            let file = try await receiver.finish(room: room)
            if case .small(let blob) = file.bytes { room -= blob.bytes.count }
            items.append(.stored(file))
            budget.end()
        }
        open = .none
    }

    /// Notes a file that is not taken, or fails the upload for it.
    private mutating func refuse(_ filename: String, _ rejection: FileRejection, _ field: String) throws {
        guard strictness == .eachByItself else { throw rejection.error(field: field) }
        items.append(.refused(filename: filename, rejection))
    }
}

extension APIError {
    /// 408: the client keeps sending, but so slowly that what came first would be taken for an orphan.
    static func uploadTooSlow(_ limit: Duration) -> APIError {
        APIError(
            .requestTimeout, "timeout", "The upload took longer than \(limit.components.seconds) seconds",
            closesConnection: true)
    }

    /// 413 for a form longer than any that could be taken.
    static func bodyTooLarge(limit: Int64) -> APIError {
        .tooLarge("The request body is larger than \(limit) bytes", closesConnection: true)
    }
}
