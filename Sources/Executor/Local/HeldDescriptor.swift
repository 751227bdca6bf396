internal import CSandbox
internal import Glibc
internal import Synchronization

/// A file descriptor with one owner: closed with the last reference, or earlier by ``close()``.
final class HeldDescriptor: Sendable {
    private let number: Atomic<Int32>

    init(_ number: Int32) {
        self.number = Atomic(number)
    }

    deinit {
        close()
    }

    /// The number for system calls; -1 after `close`. The caller must keep the object alive during the call.
    var raw: Int32 { number.load(ordering: .acquiring) }

    func close() {
        let number = self.number.exchange(-1, ordering: .acquiringAndReleasing)
        if number >= 0 { _ = Glibc.close(number) }
    }
}

/// Throws what the last system call left in `errno`.
func systemError(_ code: SandboxError.Code, layer: String? = nil, _ message: String) -> SandboxError {
    SandboxError(code, layer: layer, message, errno: errno)
}

extension HeldDescriptor {
    /// Both ends of a pipe, close-on-exec; reading never blocks.
    static func pipe() throws -> (reading: HeldDescriptor, writing: HeldDescriptor) {
        var ends: (Int32, Int32) = (-1, -1)
        let made = withUnsafeMutableBytes(of: &ends) {
            sandbox_pipe($0.assumingMemoryBound(to: Int32.self).baseAddress)
        }
        guard made == 0 else { throw systemError(.unavailable, layer: "descriptors", "pipe") }
        let pair = (reading: HeldDescriptor(ends.0), writing: HeldDescriptor(ends.1))
        guard fcntl(ends.0, F_SETFL, O_NONBLOCK) == 0 else {
            throw systemError(.unavailable, layer: "descriptors", "pipe")
        }
        return pair
    }

    /// Two connected unix sockets, close-on-exec.
    static func socketPair(packets: Bool) throws -> (HeldDescriptor, HeldDescriptor) {
        var ends: (Int32, Int32) = (-1, -1)
        let type = Int32((packets ? SOCK_SEQPACKET : SOCK_STREAM).rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let made = withUnsafeMutableBytes(of: &ends) {
            socketpair(AF_UNIX, type, 0, $0.assumingMemoryBound(to: Int32.self).baseAddress)
        }
        guard made == 0 else { throw systemError(.unavailable, layer: "descriptors", "socketpair") }
        return (HeldDescriptor(ends.0), HeldDescriptor(ends.1))
    }

    /// A file in memory that holds these bytes.
    static func memoryFile(_ bytes: [UInt8], name: String) throws -> HeldDescriptor {
        let number = sandbox_memory_file(name)
        guard number >= 0 else { throw systemError(.unavailable, layer: "descriptors", "memfd_create") }
        let file = HeldDescriptor(number)
        try file.writeAll(bytes)
        return file
    }

    func writeAll(_ bytes: [UInt8], code: SandboxError.Code = .unavailable) throws {
        try bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let written = write(raw, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
                if written >= 0 {
                    offset += written
                } else if errno != EINTR {
                    throw systemError(errno == ENOSPC ? .diskFull : code, "write")
                }
            }
        }
    }

    /// Reads up to `length` bytes, fewer only if the file ends.
    func readAll(_ length: Int) throws -> [UInt8] {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            while count < length {
                let got = read(raw, buffer.baseAddress.map { $0 + count }, length - count)
                if got > 0 {
                    count += got
                } else if got == 0 || errno != EINTR {
                    failed = got < 0
                    return
                }
            }
        }
        if failed { throw systemError(.unavailable, layer: "files", "read") }
        return bytes
    }

    /// Whether something is to be read, or all other ends are gone, within the time.
    func isReadable(within milliseconds: Int32 = 0) -> Bool {
        var entry = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }
}
