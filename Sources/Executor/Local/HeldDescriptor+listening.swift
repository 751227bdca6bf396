internal import CSandbox
internal import Glibc

extension HeldDescriptor {
    /// A stream socket that listens under a name in a held directory, for every user; nothing about it waits.
    static func listener(in directory: HeldDescriptor, name: String) throws -> HeldDescriptor {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let number = socket(AF_UNIX, type, 0)
        guard number >= 0 else { throw systemError(.unavailable, layer: "descriptors", "socket") }
        let listener = HeldDescriptor(number)
        // The directory is in another mount namespace: it can be reached by its descriptor only.
        let path = "/proc/self/fd/\(directory.raw)/\(name)"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, fchmodat(directory.raw, name, 0o666, 0) == 0, listen(number, 512) == 0 else {
            throw systemError(.unavailable, layer: "descriptors", "listening socket")
        }
        return listener
    }

    /// The next connection that waits, or nil.
    func accept() -> HeldDescriptor? {
        while true {
            let number = sandbox_accept(raw)
            if number >= 0 { return HeldDescriptor(number) }
            if errno != EINTR && errno != ECONNABORTED { return nil }
        }
    }
}
