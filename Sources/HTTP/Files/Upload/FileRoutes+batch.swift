import Events
import Hummingbird

extension FileRoutes {
    /// POST /upload/batch: as an upload, but a file that cannot be taken fails alone (CONTRACT 7.2).
    func uploadBatch(_ request: Request, _ context: APIRequestContext, _ caller: Caller) async throws -> Response {
        try await receive(request, context, caller, .eachByItself) { stored in
            let reply = BatchReply(
                session: stored.session, items: stored.items, mostFiles: services.limits.maxFilesPerUpload)
            guard reply.succeeded > 0 else { throw reply.failure }
            return Response(json: .object(reply.members))
        }
    }
}

/// What a batch upload answers.
struct BatchReply {
    private let session: String
    private let items: [UploadReceiver.Item]
    private let mostFiles: Int
    /// How many files were taken.
    let succeeded: Int

    init(session: String, items: [UploadReceiver.Item], mostFiles: Int) {
        self.session = session
        self.items = items
        self.mostFiles = mostFiles
        succeeded = items.count { if case .stored = $0 { true } else { false } }
    }

    var members: [JSONMember] {
        let failed = items.count - succeeded
        // Without a file there is no session either.
        let bucket: JSONValue = succeeded == 0 ? .null : .string(session)
        var members: [JSONMember] = [
            JSONMember("message", succeeded == 0 ? "error" : failed == 0 ? "success" : "partial_success"),
            JSONMember("session_id", bucket), JSONMember("storage_session_id", bucket),
            JSONMember("files", .array(items.map(\.json))), JSONMember("succeeded", .int(succeeded)),
            JSONMember("failed", .int(failed)),
        ]
        if items.count > mostFiles {
            members.append(JSONMember("filesLimitReached", true))
            members.append(JSONMember("maxFiles", .int(mostFiles)))
        }
        return members
    }

    /// 400: every file failed. The members of the reply beside those of every error.
    var failure: APIError {
        var error = APIError.invalid("None of the files could be stored")
        for item in items.prefix(20) {
            guard case .refused(let filename, let rejection) = item else { continue }
            error.details.append(.init(field: filename, message: rejection.itemText, code: rejection.code))
        }
        error.members = members
        return error
    }
}

extension UploadReceiver.Item {
    /// The names are the client's own, byte for byte: it matches by them (trap 14).
    fileprivate var json: JSONValue {
        switch self {
        case .stored(let file):
            ["status": "success", "fileId": .string(file.id), "filename": .string(file.filename)]
        case .refused(let filename, let rejection):
            ["status": "error", "filename": .string(filename), "error": .string(rejection.itemText)]
        }
    }
}

extension FileRejection {
    /// The word of `details[].code`.
    var code: String {
        switch self {
        case .unsafeName: "unsafe_name"
        case .tooLarge: "file_too_large"
        case .tooManyFiles: "too_many_files"
        case .tooManyNames: "too_many_names"
        case .sessionTotal: "session_total"
        }
    }
}
