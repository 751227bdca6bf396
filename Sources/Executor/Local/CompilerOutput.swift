internal import CSandbox
internal import Glibc

/// The directory that a compiler leaves its work in, seen from the host.
struct CompilerOutput: Sendable {
    private let directory: HeldDescriptor

    /// - Parameter build: the sandbox's `/build`, in which `out` exists.
    init(beneath build: HeldDescriptor) throws {
        let number = sandbox_open_beneath(build.raw, "out", O_RDONLY | O_DIRECTORY, 0)
        guard number >= 0 else { throw systemError(.unavailable, layer: "files", "directory of the compiler") }
        directory = HeldDescriptor(number)
    }

    /// What is there; nil if it is too much to be kept.
    func collect() throws -> CompiledProgram? {
        var walk = DirectoryWalk(mounted: [], isComplete: true)
        try walk.walk(directory)
        let size = walk.files.reduce(UInt64(0)) { $0 + $1.size }
        guard walk.tooDeep.isEmpty, size <= UInt64(CompiledProgram.maximumBytes),
            walk.files.count <= CompiledProgram.maximumFiles, !walk.files.isEmpty
        else { return nil }
        return CompiledProgram(
            files: try walk.files.map { file in
                let opened = try LocalSandbox.open(file.rawPath, in: directory)
                return .init(path: file.rawPath, bytes: try opened.readAll(Int(file.size)))
            })
    }

    /// Puts a program there as its compiler did. The files belong to root, and the program cannot write them.
    func install(_ program: CompiledProgram) throws {
        for file in program.files {
            try makeParents(of: file.path)
            let flags = O_WRONLY | O_CREAT | O_EXCL
            let number = sandbox_open_beneath(directory.raw, cString(file.path), flags, 0o755)
            guard number >= 0 else { throw systemError(.unavailable, layer: "files", "compiled program") }
            let opened = HeldDescriptor(number)
            try opened.writeAll(file.bytes)
            guard fchmod(number, 0o755) == 0 else {
                throw systemError(.unavailable, layer: "files", "compiled program")
            }
        }
    }

    private func makeParents(of path: [UInt8]) throws {
        var parent = directory
        for segment in path.split(separator: UInt8(ascii: "/")).dropLast() {
            let name = cString(Array(segment))
            let made = withExtendedLifetime(parent) { mkdirat(parent.raw, name, 0o755) }
            guard made == 0 || errno == EEXIST else {
                throw systemError(.unavailable, layer: "files", "compiled program")
            }
            parent = HeldDescriptor(
                withExtendedLifetime(parent) { sandbox_open_beneath(parent.raw, name, O_RDONLY | O_DIRECTORY, 0) })
            guard parent.raw >= 0 else { throw systemError(.unavailable, layer: "files", "compiled program") }
        }
    }
}
