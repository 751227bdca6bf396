import Foundation
import Postgres
import TestSupport
import Testing

@Suite("The embedded cluster")
struct EmbeddedClusterTests {
    private func configuration(_ home: String, _ settings: [String: String] = [:]) -> EmbeddedCluster.Configuration {
        EmbeddedCluster.Configuration(
            home: home, settings: ["fsync": "off"].merging(settings) { _, new in new }, patience: .seconds(30))
    }

    private func setting(_ name: String, of cluster: EmbeddedCluster) async throws -> String {
        let connection = try await PostgresConnection.connect(PostgresConfiguration(url: cluster.connectionURL))
        return try await connection.value("select current_setting($1)", .text(name))
    }

    private func startTime(of cluster: EmbeddedCluster) async throws -> Int64 {
        let connection = try await PostgresConnection.connect(PostgresConfiguration(url: cluster.connectionURL))
        return try await connection.value("select pg_postmaster_start_time()")
    }

    @Test("Starts under a folder that only root may enter, listens on its socket only, and is found again")
    func privateFolder() async throws {
        let home = try ScratchFolder.make() + "/deep/home"
        let cluster = try await EmbeddedCluster.start(configuration(home))
        #expect(cluster.origin == .created)
        #expect(try await setting("listen_addresses", of: cluster) == "")
        #expect(try await setting("server_encoding", of: cluster) == "UTF8")
        #expect(try await setting("data_checksums", of: cluster) == "on")
        let connection = try await PostgresConnection.connect(PostgresConfiguration(url: cluster.connectionURL))
        try await connection.query(SQLQuery("create table kept (id bigint)"))
        try await cluster.stop()

        let again = try await EmbeddedCluster.start(configuration(home, ["work_mem": "5MB"]))
        #expect(again.origin == .started)
        #expect(try await setting("work_mem", of: again) == "5MB")
        let second = try await PostgresConnection.connect(PostgresConfiguration(url: again.connectionURL))
        #expect(try await second.value("select count(*) from kept", as: Int64.self) == 0)
        try await again.stop()
    }

    @Test("A path too long for a socket gets a short folder, the same one every time")
    func longPath() async throws {
        let home = try ScratchFolder.make() + "/" + String(repeating: "long-name/", count: 12)
        let cluster = try await EmbeddedCluster.start(configuration(home))
        #expect(cluster.socketFolder.utf8.count < 40)
        #expect(try await setting("port", of: cluster) == "5432")
        let attributes = try FileManager.default.attributesOfItem(atPath: cluster.socketFolder)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
        try await cluster.stop()
        let again = try await EmbeddedCluster.start(configuration(home))
        #expect(again.socketFolder == cluster.socketFolder)
        try await again.stop()
        try FileManager.default.removeItem(atPath: cluster.socketFolder)
    }

    @Test("A running server is adopted, also by two at once")
    func adopts() async throws {
        let home = try ScratchFolder.make()
        let first = try await EmbeddedCluster.start(configuration(home))
        let time = try await startTime(of: first)
        async let second = EmbeddedCluster.start(configuration(home))
        async let third = EmbeddedCluster.start(configuration(home))
        let adopted = try await [second, third]
        #expect(adopted.map(\.origin) == [.adopted, .adopted])
        #expect(adopted.map(\.connectionURL) == [first.connectionURL, first.connectionURL])
        #expect(try await startTime(of: adopted[0]) == time)
        try await first.stop()
    }

    @Test("What a killed server has left is no hindrance", arguments: [false, true])
    func stalePidFile(pidIsReused: Bool) async throws {
        let home = try ScratchFolder.make()
        let cluster = try await EmbeddedCluster.start(configuration(home))
        let path = home + "/data/postmaster.pid"
        let left = try String(contentsOfFile: path, encoding: .utf8)
        try await cluster.stop()
        // As after a crash: the number is free, or is another program's by now (here: our own).
        let lines = left.split(separator: "\n", omittingEmptySubsequences: false)
        let number = pidIsReused ? "\(ProcessInfo.processInfo.processIdentifier)" : String(lines[0])
        try ([number] + lines.dropFirst().map(String.init)).joined(separator: "\n")
            .write(toFile: path, atomically: false, encoding: .utf8)
        let again = try await EmbeddedCluster.start(configuration(home))
        #expect(again.origin == .started)
        try await again.stop()
    }

    @Test("A start that fails shows the end of the server's log")
    func failure() async throws {
        let home = try ScratchFolder.make()
        let error = await #expect(throws: PostgresError.self) {
            try await EmbeddedCluster.start(configuration(home, ["shared_buffers": "nonsense"]))
        }
        #expect(error?.code == .embeddedCluster)
        #expect(error?.detail?.contains("shared_buffers") == true)
    }

    @Test("Without the server's programs the error says where they were looked for")
    func noBinaries() async throws {
        var configuration = configuration(try ScratchFolder.make())
        configuration.binaries = "/nowhere"
        let error = await #expect(throws: PostgresError.self) { try await EmbeddedCluster.start(configuration) }
        #expect(error?.message.contains("/nowhere") == true)
    }
}
