import Events
import Hummingbird
import NIOCore

/// Reads an upload form: fields into memory, files into storage. Nothing it stored is visible before an append names
/// it, and `discard` removes it.
struct UploadReceiver {
    private let session: String
    private let blobs: any BlobStore
    private var budget: UploadBudget
    private var open = OpenPart.none
    private(set) var form = UploadForm()
    /// In the order they were sent.
    private(set) var files: [ReceivedFile] = []

    private enum OpenPart {
        case none
        /// A part nobody reads.
        case ignored
        case field(String, [UInt8])
        /// The name of its form field, for errors.
        case file(FileReceiver, field: String)
    }

    init(session: String, blobs: any BlobStore, limits: HTTPConfiguration.Limits) {
        self.session = session
        self.blobs = blobs
        budget = UploadBudget(limits)
    }

    /// Reads a body to its end.
    ///
    /// - Throws: 400 for a broken form or an unsafe name, 413 for a limit. Then `discard` is due.
    mutating func receive(_ body: RequestBody, boundary: [UInt8], limit: Int64) async throws {
        var parser = MultipartParser(boundary: boundary)
        var total: Int64 = 0
        do {
            for try await buffer in body {
                total += Int64(buffer.readableBytes)
                guard total <= limit else { throw APIError.bodyTooLarge(limit: limit) }
                for event in try parser.feed(buffer) { try await take(event) }
            }
            try parser.finish()
        } catch let error as MultipartError {
            throw APIError.invalid("The multipart body is malformed", field: "body", detail: error.message)
        }
    }

    /// Drops everything stored so far. Runs to its end even when the request is cancelled.
    func discard() async {
        var writers = files.map(\.writer)
        if case .file(let receiver, _) = open { writers.append(receiver.writer) }
        let abandoned = writers
        guard !abandoned.isEmpty else { return }
        await Task { for writer in abandoned { await writer.discard() } }.value
    }

    private mutating func take(_ event: MultipartEvent) async throws {
        switch event {
        case .partBegan(let part): open = try begin(part)
        case .body(let bytes): try await add(bytes)
        case .partEnded: try await end()
        case .finished: break
        }
    }

    private mutating func begin(_ part: MultipartPart) throws -> OpenPart {
        guard let filename = part.filename else {
            guard let name = part.name, UploadForm.reads(name) else { return .ignored }
            return .field(name, [])
        }
        let field = part.name ?? "file"
        guard let name = MountPath.stored(filename) else { throw FileRejection.unsafeName.error(field: field) }
        do { try budget.begin(name) } catch { throw error.error(field: field) }
        let receiver = FileReceiver(
            filename: filename, name: name, contentType: part.contentType, writer: blobs.writer(session: session))
        return .file(receiver, field: field)
    }

    private mutating func add(_ bytes: ByteBuffer) async throws {
        switch open {
        case .none, .ignored: return
        case .field(let name, var value):
            // One byte more than allowed is enough to know.
            let room = UploadForm.maximumFieldBytes + 1 - value.count
            value.append(contentsOf: bytes.readableBytesView.prefix(room))
            open = .field(name, value)
        case .file(var receiver, let field):
            do { try budget.add(bytes.readableBytes) } catch { throw error.error(field: field) }
            // Released first: the block must have one owner, or each append copies it.
            open = .ignored
            defer { open = .file(receiver, field: field) }
            try await receiver.write(bytes)
        }
    }

    private mutating func end() async throws {
        switch open {
        case .none, .ignored: break
        case .field(let name, let value):
            if value.count <= UploadForm.maximumFieldBytes { form.set(name, FormText.decode(value)) }
        case .file(var receiver, _):
            files.append(try await receiver.finish())
            budget.end()
        }
        open = .none
    }
}

extension APIError {
    /// 413 for a form longer than any that could be taken.
    static func bodyTooLarge(limit: Int64) -> APIError {
        .tooLarge("The request body is larger than \(limit) bytes", closesConnection: true)
    }
}
