/// What can go wrong around a sandbox, other than in the program itself.
struct SandboxError: Error, Sendable, CustomStringConvertible {
    enum Code: String, Sendable {
        /// A layer of protection, or the sandbox machinery, cannot be had on this host.
        case unavailable
        /// The sandbox died before its program started.
        case lost
        /// An input needs a directory where a file stands, or the reverse.
        case pathConflict
        /// The inputs do not fit on the sandbox's disk.
        case diskFull
        /// A path that no file of a sandbox may have.
        case badPath
        /// A call that the life of a sandbox has no place for.
        case misuse
        /// The provider is shutting down or was shut down.
        case shutDown
    }

    let code: Code
    /// The layer that failed, in the words of `doctor`.
    let layer: String?
    let message: String
    /// The system's error number, if a system call was the cause.
    let errno: Int32?

    init(_ code: Code, layer: String? = nil, _ message: String, errno: Int32? = nil) {
        self.code = code
        self.layer = layer
        self.message = message
        self.errno = errno
    }

    var description: String {
        var text = "sandbox \(code.rawValue)"
        if let layer { text += " (\(layer))" }
        text += ": \(message)"
        if let errno { text += ": \(errorText(errno))" }
        return text
    }
}
