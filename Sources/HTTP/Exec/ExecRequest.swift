import Events
import HTTPTypes

/// The body of POST /exec, read with the tolerance of CONTRACT 5.1: what is optional and of the wrong type is ignored.
struct ExecRequest {
    let languages: LanguageCatalog
    let limits: HTTPConfiguration.Limits
    /// Whether Python runs keep their variables.
    var keepsState = false

    /// - Throws: 422, 400 or 413, before anything is created.
    func parse(_ body: JSONValue, headers: HTTPFields, caller: Caller) throws -> RunRequest {
        let language = try languages.require(try Self.language(body))
        let code = try Self.code(body)
        let items = body["files"]?.array ?? []
        guard items.count <= limits.maxInputFiles else {
            throw APIError.tooLarge("More than \(limits.maxInputFiles) input files", field: "files")
        }
        return RunRequest(
            language: language.code, code: Array(code.utf8), arguments: try ExecArguments.parse(body["args"]),
            timeout: timeout(body["timeout"]), sessionHint: body["session_id"]?.text,
            runtimeHint: body["runtime_session_hint"]?.text.flatMap { Self.isHint($0) ? $0 : nil },
            entityID: body["entity_id"]?.text.flatMap { $0.unicodeScalars.count <= 256 ? $0 : nil },
            endUser: caller.endUser(stated: body["user_id"]?.label, header: headers[.userID]?.nonEmpty),
            files: items.compactMap(Self.file), owner: caller.acting.owner, actor: caller.acting.actor,
            readership: caller.readership,
            traits: ExecutionTraits(keepsState: keepsState && language == .python))
    }

    /// `lang`, or `language` when `lang` is absent.
    private static func language(_ body: JSONValue) throws -> String {
        let value = body["lang"].flatMap { $0.isNull ? nil : $0 } ?? body["language"]
        guard let text = value?.string else {
            throw APIError.unprocessable("Field 'lang' is required and must be a string", field: "lang")
        }
        return text
    }

    private static func code(_ body: JSONValue) throws -> String {
        guard let code = body["code"]?.string else {
            throw APIError.unprocessable("Field 'code' is required and must be a string", field: "code")
        }
        guard !code.isBlank else { throw APIError.invalid("Field 'code' must not be blank", field: "code") }
        return code
    }

    /// Milliseconds, clamped; the most that is allowed when the request says nothing usable.
    private func timeout(_ value: JSONValue?) -> Int64 {
        let most = Int64(limits.maxExecutionSeconds) * 1000
        guard let wanted = value?.double, wanted.isFinite else { return most }
        return Int64(min(max(wanted, 1000), Double(most)))
    }

    private static func file(_ item: JSONValue) -> RequestedFile? {
        guard item.members != nil else { return nil }
        let storage = item["storage_session_id"]?.text
        return RequestedFile(
            id: item["id"]?.text, name: item["name"]?.string, bucket: storage ?? item["session_id"]?.text,
            stated: ResourceIdentity(
                kind: item["kind"]?.text.map(ResourceIdentity.kind), id: item["resource_id"]?.text,
                version: item["version"]?.label,
                entityID: item["entity_id"]?.text),
            isEchoed: storage != nil)
    }

    /// `^[A-Za-z0-9._:-]{1,128}$`.
    private static func isHint(_ text: String) -> Bool {
        text.utf8.count <= 128
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension JSONValue {
    /// A string that is not empty.
    var text: String? { string?.nonEmpty }

    /// A string that is not blank, or a number as it was written.
    var label: String? {
        switch self {
        case .string(let text): text.isBlank ? nil : text
        case .number(let literal): literal
        default: nil
        }
    }
}

extension String {
    var nonEmpty: String? { isEmpty ? nil : self }
}
