import Events

/// Both streams of a finished run as its answer shows them (CONTRACT 5.7, 5.8).
struct ExecStreams: Equatable {
    var stdout: [UInt8] = []
    var stderr: [UInt8] = []
    var isStdoutCut = false
    var isStderrCut = false
    /// True when stdout was refused rather than cut (CONTRACT 5.8.6): then `status` stays null (C12).
    var isRefused = false
    /// The line of 5.7 that stderr ends in.
    var message: String?

    /// `"OL"` if stdout was cut, otherwise null. Nothing else may ever stand here.
    var status: String? { isStdoutCut && !isRefused ? "OL" : nil }

    /// Puts the line of 5.7 on a line of its own behind stderr. The one for a failure without a word is decided
    /// here, because only now it is known that stderr shows nothing.
    mutating func close(with finished: ExecutionFinished) {
        message = finished.message
        if message == nil, let code = finished.exitCode, code != 0, stderr.isEmpty, finished.status == .failed {
            message = "Code execution failed with exit code \(code)"
        }
        guard let message else { return }
        if let last = stderr.last, last != UInt8(ascii: "\n") { stderr.append(UInt8(ascii: "\n")) }
        stderr.append(contentsOf: message.utf8)
    }
}

/// Makes `ExecStreams` from the kept bytes.
struct StreamRenderer {
    let blobs: any BlobStore
    let limits: HTTPConfiguration.Limits

    /// Streams above this are read in pieces: their answer needs only the beginning.
    private static let wholeBytes: Int64 = 1 << 20

    func render(_ finished: ExecutionFinished, session: String, language: String, readsFile: Bool) async throws
        -> ExecStreams
    {
        let isVerbatim = language == "bash"
        var streams = ExecStreams()
        let stdout = try await text(
            finished.stdout, session: session, style: isVerbatim ? .verbatim : .cleaned(endsLines: true),
            cap: readsFile ? limits.fileReadMaxChars : limits.maxOutputChars)
        let stderr = try await text(
            finished.stderr, session: session, style: isVerbatim ? .verbatim : .cleaned(endsLines: false),
            cap: limits.maxOutputChars)
        (streams.stdout, streams.isStdoutCut) = (stdout.text, stdout.isCut)
        (streams.stderr, streams.isStderrCut) = (stderr.text, stderr.isCut)
        if readsFile, stdout.isCut {
            streams.stdout = []
            streams.stderr = FileRead.refusal(bytes: finished.stdout.totalBytes)
            streams.isRefused = true
        }
        streams.close(with: finished)
        return streams
    }

    private func text(
        _ record: StreamRecord, session: String, style: OutputText.Style, cap: Int
    ) async throws -> OutputText.Rendered {
        let isComplete = record.keptBytes == record.totalBytes
        guard record.keptBytes > 0 else { return OutputText.render([], isComplete: isComplete, style: style, cap: cap) }
        if record.keptBytes <= Self.wholeBytes {
            let bytes = try await blobs.bytes(session: session, sha256: record.sha256)
            return OutputText.render(bytes, isComplete: isComplete, style: style, cap: cap)
        }
        var output = OutputText(style, cap: cap)
        for try await piece in blobs.read(session: session, sha256: record.sha256) {
            output.feed(piece)
            if !output.needsMore { break }
        }
        return output.finish(isComplete: isComplete)
    }
}
