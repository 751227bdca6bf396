import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// initdb and pg_ctl for one cluster. Every method blocks its thread.
struct ClusterControl {
    private let configuration: EmbeddedCluster.Configuration
    private let home: String
    private let binaries: PostgresBinaries
    private let account: ServerAccount

    private var data: String { home + "/data" }
    private var log: String { home + "/postgres.log" }

    init(_ configuration: EmbeddedCluster.Configuration) throws {
        self.configuration = configuration
        home = URL(fileURLWithPath: configuration.home).standardizedFileURL.path
        binaries = try PostgresBinaries.find(configuration.binaries)
        account = try ServerAccount()
    }

    func start() throws -> (EmbeddedCluster.Origin, socketFolder: String) {
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        let lock = try lockHome()
        defer { close(lock) }

        if PostmasterFile.running(data: data) != nil {
            let folder = try waitUntilReady()
            try createDatabase(folder)
            return (.adopted, folder)
        }
        let isNew = !FileManager.default.fileExists(atPath: data)
        if isNew { try createCluster() }
        let folder = try SocketFolder.prepare(home: home, account: account)
        try ClusterSettings(configuration.settings, socketFolder: folder).write(to: data, account)
        PostmasterFile.removeIfReused(data: data)
        try prepareLog()
        let outcome = run(binaries.pgCtl, "start", "-w", "-t", patience, "-D", data, "-l", log, "-s")
        guard outcome.status == 0 else { throw failure("PostgreSQL did not start", outcome.output) }
        try createDatabase(folder)
        return (isNew ? .created : .started, folder)
    }

    func stop(mode: String) throws {
        guard PostmasterFile.running(data: data) != nil else { return }
        let outcome = run(binaries.pgCtl, "stop", "-w", "-t", patience, "-D", data, "-m", mode, "-s")
        guard outcome.status == 0 || PostmasterFile.running(data: data) == nil else {
            throw failure("PostgreSQL did not stop", outcome.output)
        }
    }
}

extension ClusterControl {
    /// Two processes that start the same cluster take turns; the second adopts what the first has started.
    private func lockHome() throws -> Int32 {
        let descriptor = open(home + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
            throw failure("\(home)/lock cannot be locked", String(cString: strerror(errno)))
        }
        return descriptor
    }

    /// Under another name first: a folder called `data` is always complete.
    private func createCluster() throws {
        let draft = home + "/data.draft"
        try? FileManager.default.removeItem(atPath: draft)
        guard mkdir(draft, 0o700) == 0 else {
            throw failure("\(draft) cannot be created", String(cString: strerror(errno)))
        }
        try account.own(draft)
        let outcome = run(
            binaries.initdb, "-D", draft, "--encoding=UTF8", "--locale=C", "--username=postgres",
            "--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-instructions")
        guard outcome.status == 0 else { throw failure("initdb failed", outcome.output) }
        guard rename(draft, data) == 0 else {
            throw failure("\(draft) cannot be renamed", String(cString: strerror(errno)))
        }
    }

    private func prepareLog() throws {
        let descriptor = open(log, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("\(log) cannot be written", String(cString: strerror(errno))) }
        close(descriptor)
        try account.own(log)
    }

    /// A server that was just started, or left in crash recovery, by somebody else.
    private func waitUntilReady() throws -> String {
        let deadline = ContinuousClock.now + configuration.patience
        while let server = PostmasterFile.running(data: data) {
            if server.isReady { return server.socketFolder }
            guard ContinuousClock.now < deadline else {
                throw failure("The running PostgreSQL (process \(server.pid)) does not become ready", "")
            }
            // PostgreSQL announces this in a file only; pg_ctl looks every 100 ms too.
            usleep(50_000)
        }
        throw failure("The running PostgreSQL stopped while we waited for it", "")
    }

    private func createDatabase(_ socketFolder: String) throws {
        let session = try BlockingSession(
            PostgresConfiguration(url: EmbeddedCluster.url(socketFolder: socketFolder, database: "postgres")))
        let name = configuration.database
        guard try session.query("select from pg_database where datname = $1", [name]).rows.isEmpty else { return }
        try session.execute("create database " + session.quoted(name))
    }

    private func run(_ arguments: String...) -> Subprocess.Outcome {
        Subprocess.run(account.command(arguments, inside: home))
    }

    private var patience: String { String(max(1, configuration.patience.components.seconds)) }

    private func failure(_ message: String, _ output: String) -> PostgresError {
        let text = output.trimmingCharacters(in: .whitespacesAndNewlines)
        let tail = [text, logTail()].filter { !$0.isEmpty }.joined(separator: "\n")
        return PostgresError(
            .embeddedCluster, "\(message); the cluster is in \(home)", detail: tail.isEmpty ? nil : tail)
    }

    /// The last lines of the server's log.
    private func logTail() -> String {
        guard let file = FileHandle(forReadingAtPath: log), let size = try? file.seekToEnd() else { return "" }
        try? file.seek(toOffset: size > 8_192 ? size - 8_192 : 0)
        let text = (try? file.readToEnd()).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").suffix(20).joined(separator: "\n")
    }
}
