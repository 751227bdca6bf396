import Foundation

/// Where the server's programs are.
struct PostgresBinaries: Sendable {
    static let oldestVersion = 14

    let directory: String

    var initdb: String { directory + "/initdb" }
    var pgCtl: String { directory + "/pg_ctl" }

    /// The folder given, else the newest of Debian's, else the first in PATH.
    static func find(_ given: String?) throws -> PostgresBinaries {
        let candidates = given.map { [$0] } ?? debianFolders() + pathFolders()
        for folder in candidates {
            let isComplete = ["initdb", "pg_ctl", "postgres"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)")
            }
            if isComplete { return PostgresBinaries(directory: folder) }
        }
        throw PostgresError(
            .embeddedCluster,
            "No PostgreSQL server \(oldestVersion) or newer is installed (looked for initdb, pg_ctl and postgres in "
                + "\(given ?? "/usr/lib/postgresql/*/bin and PATH"))")
    }

    private static func debianFolders() -> [String] {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.filter { $0 >= oldestVersion }.sorted(by: >).map { "\(root)/\($0)/bin" }
    }

    private static func pathFolders() -> [String] {
        ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").map(String.init) ?? []
    }
}
