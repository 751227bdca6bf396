internal import CSandbox
internal import Glibc

/// An answer of a zygote or of a sandbox's init.
struct SandboxReport: Sendable {
    enum Content: Sendable {
        case forked(pid: Int32)
        case ready
        case starting
        case exited(WaitStatus)
        case failed(layer: String, errno: Int32)
    }

    let content: Content
    let descriptors: [HeldDescriptor]

    /// Waits for the next answer; nil at end of file. Throws when the time is over.
    static func receive(from socket: HeldDescriptor, within limit: Duration) throws -> SandboxReport? {
        guard socket.isReadable(within: Int32(limit.milliseconds)) else {
            throw SandboxError(.unavailable, layer: "zygote", "no answer in \(limit)")
        }
        return try receive(from: socket)
    }

    /// Receives an answer that is there; nil at end of file.
    static func receive(from socket: HeldDescriptor) throws -> SandboxReport? {
        var report = sandbox_report()
        var numbers = [Int32](repeating: -1, count: Int(SANDBOX_MAX_FDS))
        var count: Int32 = 0
        let length = sandbox_receive(socket.raw, &report, MemoryLayout.size(ofValue: report), &numbers, &count)
        let descriptors = numbers.prefix(Int(count)).map(HeldDescriptor.init)
        if length == 0 || (length < 0 && errno == ECONNRESET) { return nil }
        guard length == MemoryLayout.size(ofValue: report) else {
            throw systemError(.unavailable, layer: "zygote", "answer of \(length) bytes")
        }
        return SandboxReport(content: try content(of: report), descriptors: descriptors)
    }

    private static func content(of report: sandbox_report) throws -> Content {
        switch report.message {
        case SANDBOX_FORKED.rawValue: return .forked(pid: report.value)
        case SANDBOX_READY.rawValue: return .ready
        case SANDBOX_STARTING.rawValue: return .starting
        case SANDBOX_EXITED.rawValue: return .exited(WaitStatus(raw: report.value))
        case SANDBOX_FAILED.rawValue:
            let layer = withUnsafeBytes(of: report.layer) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            return .failed(layer: layer, errno: report.value)
        default: throw SandboxError(.unavailable, layer: "zygote", "unknown answer \(report.message)")
        }
    }

    func throwIfFailed() throws {
        if case .failed(let layer, let errno) = content {
            throw SandboxError(.unavailable, layer: layer, "could not be set up", errno: errno)
        }
    }
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
