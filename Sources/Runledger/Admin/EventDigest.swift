import Events

/// One line about an event, for a person who scans a list.
enum EventDigest {
    static func line(_ event: Event) -> String {
        guard event.data != nil else { return "(erased)" }
        let body = event.body
        switch event.type {
        case .sessionCreated:
            let created = SessionCreated(body)
            return "\(created.kind.rawValue) session of \(created.owner.tenant)"
        case .fileUploaded, .fileWritten, .fileLinked:
            let file = FileContent(body)
            return "\(file.name) (\(file.size) bytes) as \(file.id)"
        case .fileDeleted:
            let deleted = FileDeleted(body)
            return "\(deleted.name) (\(deleted.scope.rawValue))"
        case .executionRequested:
            let request = ExecutionRequested(body)
            return "\(request.language), \(request.codeSize) bytes of code, \(request.inputs.count) inputs"
        case .executionClaimed:
            let claim = ExecutionClaimed(body)
            return "attempt \(claim.attempt) by \(claim.executorName)"
        case .executionStarted: return "in a sandbox (\(ExecutionStarted(body).sandboxSource))"
        case .executionFinished:
            let finished = ExecutionFinished(body)
            let code = finished.exitCode.map { ", exit code \($0)" } ?? ""
            return "\(finished.status.rawValue) (\(finished.reason.rawValue)\(code)) in \(finished.duration) ms, "
                + "\(finished.files.count) files"
        case .keyCreated:
            let key = KeyCreated(body)
            return "\(key.role.rawValue) key \(key.prefix) (\(key.name)) by \(key.actor.id)"
        case .keyChanged:
            let key = KeyChanged(body)
            return "key \(key.hash.hex.prefix(16)) by \(key.actor.id)"
        case .keyRevoked:
            let key = KeyRevoked(body)
            return "key \(key.hash.hex.prefix(16)) by \(key.actor.id)"
        default: return ""
        }
    }
}
