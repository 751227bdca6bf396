internal import CSandbox
internal import Glibc

extension LocalSandbox {
    func mount(_ inputs: [SandboxInput]) async throws {
        try await life.use(at: .fresh, "files are mounted before the run") {
            for input in inputs { try await mount(input) }
        }
    }

    private func mount(_ input: SandboxInput) async throws {
        let file = try createFile(input.path)
        // Writing into memory does not block, so this needs no thread.
        try await input.write(file)
        try file.finish(isReadOnly: input.isReadOnly, user: user)
    }

    private func createFile(_ path: String) throws -> LocalFileSink {
        guard !path.utf8.contains(0) else { throw SandboxError(.badPath, "a path with NUL") }
        try makeParents(of: path)
        let number = sandbox_open_beneath(handles.data.raw, path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        if number < 0 { throw Self.failure(path) }
        return LocalFileSink(file: HeldDescriptor(number))
    }

    private func makeParents(of path: String) throws {
        var parent = ""
        for segment in path.split(separator: "/").dropLast() {
            let directory = parent.isEmpty ? handles.data : try openDirectory(parent)
            try withExtendedLifetime(directory) {
                if mkdirat(directory.raw, String(segment), 0o755) == 0 {
                    fchownat(directory.raw, String(segment), user, user, AT_SYMLINK_NOFOLLOW)
                } else if errno != EEXIST {
                    throw Self.failure(path)
                }
            }
            parent += parent.isEmpty ? segment : "/" + segment
        }
    }

    private func openDirectory(_ path: String) throws -> HeldDescriptor {
        let number = sandbox_open_beneath(handles.data.raw, path, O_RDONLY | O_DIRECTORY, 0)
        if number < 0 { throw Self.failure(path) }
        return HeldDescriptor(number)
    }

    private static func failure(_ path: String) -> SandboxError {
        switch errno {
        case ENOTDIR, EISDIR, EEXIST: systemError(.pathConflict, "input \(path)")
        case ENOSPC: systemError(.diskFull, "input \(path)")
        default: systemError(.badPath, "input \(path)")
        }
    }
}

/// The modification time of every input, 2001-09-09T01:46:40Z.
enum MountTime {
    static let mark = timespec(tv_sec: 1_000_000_000, tv_nsec: 0)

    /// Whether a file was written again, or touched, since it was mounted.
    static func isOther(_ time: timespec) -> Bool {
        time.tv_sec != mark.tv_sec || time.tv_nsec != mark.tv_nsec
    }
}

/// Writes one input.
private struct LocalFileSink: SandboxFileSink {
    let file: HeldDescriptor

    func write(_ bytes: [UInt8]) async throws {
        try file.writeAll(bytes)
    }

    func finish(isReadOnly: Bool, user: UInt32) throws {
        guard fchown(file.raw, user, user) == 0, fchmod(file.raw, isReadOnly ? 0o444 : 0o644) == 0 else {
            throw systemError(.unavailable, layer: "files", "owner of an input")
        }
        // A fixed time: the same run sees the same times, and whoever writes the file again gives it another.
        let times = [MountTime.mark, MountTime.mark]
        guard futimens(file.raw, times) == 0 else {
            throw systemError(.unavailable, layer: "files", "time of an input")
        }
        file.close()
    }
}
