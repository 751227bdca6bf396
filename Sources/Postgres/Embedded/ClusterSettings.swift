import Foundation

/// The configuration lines of the embedded server: our defaults, what the caller adds, and what nobody may change.
///
/// Written at every start to a file of its own, which the cluster's `postgresql.conf` includes, so that an admin may
/// still use that one.
struct ClusterSettings {
    private static let fileName = "runledger.conf"

    private var lines: [String: String] = [
        "max_connections": "100",
        "shared_buffers": "128MB",
        // The log is written by one appender: a checkpoint every 5 minutes costs it more than the disk space.
        "checkpoint_timeout": "15min",
        "max_wal_size": "2GB",
        // The auditor reads by ranges of positions, and the disk is an SSD or a page cache.
        "random_page_cost": "1.1",
        "log_line_prefix": "%m [%p] ",
        "timezone": "UTC",
        "log_timezone": "UTC",
    ]

    init(_ settings: [String: String], socketFolder: String) {
        lines.merge(settings) { _, new in new }
        // Not for the caller to change: that nobody else can connect rests on these.
        lines["listen_addresses"] = ""
        lines["port"] = "5432"
        lines["unix_socket_directories"] = socketFolder
        lines["unix_socket_permissions"] = "0700"
    }

    var text: String {
        "# Written by runledger at every start: change it there.\n"
            + lines.sorted { $0.key < $1.key }.map { "\($0.key) = '\(Self.escaped($0.value))'\n" }.joined()
    }

    func write(to data: String, _ account: ServerAccount) throws {
        let file = "\(data)/\(Self.fileName)"
        let main = data + "/postgresql.conf"
        let include = "include_if_exists = '\(Self.fileName)'"
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
            try account.own(file)
            let before = try String(contentsOfFile: main, encoding: .utf8)
            if !before.contains(include) {
                try Data((before + "\n" + include + "\n").utf8).write(to: URL(fileURLWithPath: main))
                try account.own(main)
            }
        } catch let error as PostgresError {
            throw error
        } catch {
            throw PostgresError(.embeddedCluster, "The server's configuration in \(data) cannot be written")
        }
    }

    private static func escaped(_ value: String) -> String {
        value.replacingOccurrences(of: "'", with: "''").replacingOccurrences(of: "\n", with: " ")
    }
}
