internal import Glibc
internal import Synchronization

/// Keeps compiled programs in a directory of the server, out of every sandbox's reach.
///
/// Strategy: one file per program, written aside and renamed, so that a reader sees all of it or nothing; several
/// servers may share the directory. A file says itself what it holds (``CompiledProgram``); whatever does not check
/// is removed and compiled again. Never an error to the run: without a cache everything works, only slower. When the
/// directory holds more than it may, the files longest unused go, down to nine tenths.
///
/// Blocks: for the threads of runs.
final class CompileCache: Sendable {
    private let directory: String
    private let maximumBytes: Int
    /// Bytes in the directory as far as this process knows; nil: not counted yet.
    private let held = Mutex<Int?>(nil)
    private let serial = Atomic<Int>(0)

    /// - Parameter maximumBytes: of all programs together; 0: nothing is kept.
    init(directory: String, maximumBytes: Int) {
        self.directory = directory
        self.maximumBytes = maximumBytes
    }

    func program(for key: CompileKey) -> CompiledProgram? {
        guard maximumBytes > 0 else { return nil }
        let path = directory + "/" + key.hex
        let file = HeldDescriptor(open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW))
        guard let bytes = Self.contents(of: file) else { return nil }
        guard let program = CompiledProgram(bytes, key: key) else {
            unlink(path)
            return nil
        }
        // Its time is that of its last use. Reading alone would not set it everywhere (noatime).
        _ = withExtendedLifetime(file) { futimens(file.raw, nil) }
        return program
    }

    func keep(_ program: CompiledProgram, for key: CompileKey) {
        guard maximumBytes > 0 else { return }
        let bytes = program.encoded(key: key)
        guard bytes.count <= maximumBytes else { return }
        let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
        let aside = "\(directory)/.\(getpid())-\(number)"
        if mkdir(directory, 0o700) != 0 && errno != EEXIST { return }
        let file = HeldDescriptor(open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600))
        guard file.raw >= 0 else { return }
        guard (try? file.writeAll(bytes)) != nil, rename(aside, directory + "/" + key.hex) == 0 else {
            unlink(aside)
            return
        }
        let isFull = held.withLock { held in
            let sum = held.map { $0 + bytes.count }
            held = sum
            return sum.map { $0 > maximumBytes } ?? true
        }
        if isFull { makeRoom() }
    }

    /// Counts what is there, and removes what was not used for longest.
    private func makeRoom() {
        held.withLock { held in
            var entries = Self.entries(of: directory)
            var sum = entries.reduce(0) { $0 + $1.size }
            if sum > maximumBytes {
                entries.sort { ($0.used.tv_sec, $0.used.tv_nsec) < ($1.used.tv_sec, $1.used.tv_nsec) }
                for entry in entries where sum > maximumBytes / 10 * 9 {
                    if unlink(entry.path) == 0 || errno == ENOENT { sum -= entry.size }
                }
            }
            held = sum
        }
    }

    private static func entries(of directory: String) -> [(path: String, size: Int, used: timespec)] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var result: [(path: String, size: Int, used: timespec)] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            let path = directory + "/" + name
            // What a dead server left half written counts, too, and ages like the rest.
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            result.append((path, Int(status.st_size), status.st_mtim))
        }
        return result
    }

    private static func contents(of file: HeldDescriptor) -> [UInt8]? {
        withExtendedLifetime(file) {
            var status = stat()
            guard fstat(file.raw, &status) == 0, status.st_size <= CompiledProgram.maximumBytes * 2 else { return nil }
            return try? file.readAll(Int(status.st_size))
        }
    }
}
