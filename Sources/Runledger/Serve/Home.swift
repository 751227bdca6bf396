import Events
import Foundation

/// The folder that holds what an installation without `DATABASE_URL` keeps: the private cluster, the generated key,
/// the database's address for the admin CLI.
struct Home: Sendable {
    /// Absolute path.
    let path: String

    init(_ path: String) throws {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    var cluster: String { path + "/postgres" }
    var cache: String { path + "/cache" }
    var databaseURLFile: String { path + "/database-url" }
    private var keyFile: String { path + "/api-key" }

    /// The generated key of this installation; made once, readable by its owner only.
    func generatedKey() throws -> String {
        if let key = try? String(contentsOfFile: keyFile, encoding: .utf8).trimmingWhitespace, key.utf8.count >= 16 {
            return key
        }
        let key = APIKey.random()
        try write(key + "\n", to: keyFile)
        return key
    }

    /// Leaves the database's address for `runledger sessions` and its like.
    func remember(databaseURL: String) throws { try write(databaseURL + "\n", to: databaseURLFile) }

    /// The address a running or past server of this home left.
    func rememberedDatabaseURL() -> String? {
        try? String(contentsOfFile: databaseURLFile, encoding: .utf8).trimmingWhitespace
    }

    private func write(_ text: String, to file: String) throws {
        guard FileManager.default.createFile(
            atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown) }
    }
}
