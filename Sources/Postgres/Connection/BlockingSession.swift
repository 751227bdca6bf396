import CLibpq

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A connection that blocks its thread: for connecting, for migrations, for creating a database.
///
/// Making a connection blocks in places that libpq does not let us wait for (name resolution), so it is done here,
/// on a thread of its own; the finished session is then handed to the reactor with ``release()``.
///
/// `@unchecked Sendable`: one thread at a time has it. The thread that made it hands it over and forgets it.
final class BlockingSession: @unchecked Sendable {
    private var handle: OpaquePointer?
    /// The server process behind this session.
    let backendPID: Int32

    /// Connects and applies the options, or throws before `connectTimeout` has passed.
    init(_ configuration: PostgresConfiguration) throws {
        let secrets = try ConnectionSecrets(url: configuration.url)
        let deadline = ContinuousClock.now + configuration.connectTimeout
        guard let handle = Self.startConnecting(configuration) else {
            throw PostgresError(.connectionLost, "libpq could not allocate a connection")
        }
        do {
            clibpq_silence_notices(handle)
            try Self.finishConnecting(handle, deadline, secrets)
        } catch {
            PQfinish(handle)
            throw error
        }
        self.handle = handle
        backendPID = PQbackendPID(handle)
        for (name, value) in configuration.options.sorted(by: { $0.key < $1.key }) {
            try query("select set_config($1, $2, false)", [name, value], deadline: deadline)
        }
    }

    deinit {
        if let handle { PQfinish(handle) }
    }

    /// Gives the handle away; this object is of no use afterwards.
    func release() -> OpaquePointer? {
        defer { handle = nil }
        return handle
    }

    /// Runs a script of any number of statements, in one transaction unless it says otherwise.
    func execute(_ script: String, deadline: ContinuousClock.Instant? = nil) throws {
        try perform(deadline) { PQsendQuery($0, script) }
    }

    /// Runs one statement with text parameters; the result is in binary.
    @discardableResult
    func query(
        _ sql: String, _ parameters: [String] = [], deadline: ContinuousClock.Instant? = nil
    ) throws -> SQLResult {
        let encoded = try EncodedQuery(SQLQuery(sql, parameters.map { .text($0) }))
        return SQLResult(try perform(deadline) { encoded.send($0) })
    }

    /// Starts to listen on a channel.
    func listen(to channel: String, deadline: ContinuousClock.Instant) throws {
        try execute("listen " + quoted(channel), deadline: deadline)
    }

    /// The name as an SQL identifier, for the statements that take no parameters.
    func quoted(_ identifier: String) throws -> String {
        guard let handle, let quoted = PQescapeIdentifier(handle, identifier, identifier.utf8.count) else {
            throw PostgresError(.configuration, "A name cannot be quoted for SQL")
        }
        defer { PQfreemem(quoted) }
        return String(cString: quoted)
    }
}

extension BlockingSession {
    private static func startConnecting(_ configuration: PostgresConfiguration) -> OpaquePointer? {
        // Those before the URL can be overridden by it, those after it cannot. The keepalives find a dead peer
        // within 25 s, for reads and (tcp_user_timeout, in ms) for writes; on a unix socket they mean nothing.
        let settings = [
            ("fallback_application_name", configuration.applicationName),
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "25000"),
            ("dbname", configuration.url),
            ("client_encoding", "UTF8"),
        ]
        let keywords = settings.map { strdup($0.0) }
        let values = settings.map { strdup($0.1) }
        defer { for string in keywords + values { free(string) } }
        return PQconnectStartParams(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
    }

    private static func finishConnecting(
        _ handle: OpaquePointer, _ deadline: ContinuousClock.Instant, _ secrets: ConnectionSecrets
    ) throws {
        var wanted = PGRES_POLLING_WRITING
        if PQstatus(handle) == CONNECTION_BAD { wanted = PGRES_POLLING_FAILED }
        while wanted != PGRES_POLLING_OK {
            guard wanted != PGRES_POLLING_FAILED else {
                throw PostgresError(.connectionLost, secrets.redact(String(cString: PQerrorMessage(handle))))
            }
            try wait(handle, for: wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT, until: deadline)
            wanted = PQconnectPoll(handle)
        }
    }

    private static func wait(_ handle: OpaquePointer, for event: Int32, until deadline: ContinuousClock.Instant?) throws
    {
        var entry = pollfd(fd: PQsocket(handle), events: Int16(event), revents: 0)
        var milliseconds: Int32 = -1
        if let deadline {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw PostgresError(.timeout, "The server did not answer in time") }
            milliseconds = Int32(clamping: Int64(left / .milliseconds(1)) + 1)
        }
        _ = poll(&entry, 1, milliseconds)
    }

    @discardableResult
    private func perform(_ deadline: ContinuousClock.Instant?, _ send: (OpaquePointer) -> Int32) throws -> ResultHandle
    {
        guard let handle else { throw PostgresError(.closed, "The session was handed over") }
        guard send(handle) == 1 else { throw PostgresError(.connectionLost, "The connection was lost") }
        var last: ResultHandle?
        var failure: PostgresError?
        while true {
            while PQisBusy(handle) != 0 {
                try Self.wait(handle, for: POLLIN, until: deadline)
                _ = PQconsumeInput(handle)
            }
            guard let pointer = PQgetResult(handle) else { break }
            let result = ResultHandle(owning: pointer)
            switch result.status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: last = result
            default: failure = failure ?? result.serverError()
            }
            guard PQstatus(handle) != CONNECTION_BAD else { break }
        }
        if let failure { throw failure }
        guard let last, PQstatus(handle) != CONNECTION_BAD else {
            throw PostgresError(.outcomeUnknown, "The connection was lost while a statement ran")
        }
        return last
    }
}
