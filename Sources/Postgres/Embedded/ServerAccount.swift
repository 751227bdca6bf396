import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The account that the server's programs run as: `postgres` if we are root (they refuse root), else our own.
struct ServerAccount: Sendable {
    private struct Postgres: Sendable {
        var user: uid_t
        var group: gid_t
    }

    private let postgres: Postgres?

    init() throws {
        guard geteuid() == 0 else {
            postgres = nil
            return
        }
        guard let entry = getpwnam("postgres") else {
            throw PostgresError(
                .embeddedCluster, "Running as root needs the account 'postgres', since PostgreSQL refuses root")
        }
        postgres = Postgres(user: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
    }

    /// The command line that runs `arguments` as this account, for work inside `folder`.
    ///
    /// If the account cannot reach the folder (say, below /root), it gets the one capability that lets it search
    /// and read there; it can still write only to what it owns.
    func command(_ arguments: [String], inside folder: String) -> [String] {
        guard postgres != nil else { return arguments }
        var wrapper = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        if canReach(folder) {
            wrapper += ["--inh-caps=-all"]
        } else {
            wrapper += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=+dac_read_search"]
        }
        return wrapper + ["--"] + arguments
    }

    /// Gives the account a file or folder of ours.
    func own(_ path: String) throws {
        guard let postgres else { return }
        guard lchown(path, postgres.user, postgres.group) == 0 else {
            throw PostgresError(
                .embeddedCluster, "\(path) cannot be given to 'postgres': \(String(cString: strerror(errno)))")
        }
    }

    private func canReach(_ folder: String) -> Bool {
        guard let postgres else { return true }
        var path = ""
        for component in folder.split(separator: "/") {
            path += "/" + component
            var status = stat()
            guard stat(path, &status) == 0 else { return true }
            let search: mode_t =
                status.st_uid == postgres.user ? S_IXUSR : status.st_gid == postgres.group ? S_IXGRP : S_IXOTH
            if status.st_mode & search == 0 { return false }
        }
        return true
    }
}
