/// A PostgreSQL server of our own under a folder of our own, for when nobody gives us one.
///
/// It listens on a unix socket only, in a folder that only its owner (and root) may enter; whoever can enter it is
/// trusted. The server outlives this process on purpose: one that was left behind by a killed process is adopted by
/// the next ``start()``, so a crash of ours costs the database nothing. Only ``stop()`` ends it.
///
/// In `home`: `data/` (the cluster), `run/` (the socket), `postgres.log`.
public struct EmbeddedCluster: Sendable {
    /// How a cluster is made and run.
    public struct Configuration: Sendable {
        /// Absolute path of the folder that holds everything; created if it is not there.
        public var home: String
        /// The database that ``EmbeddedCluster/connectionURL`` names; created at start.
        public var database: String
        /// Lines of the server's configuration, by name; they win over our defaults.
        public var settings: [String: String]
        /// The folder of initdb, pg_ctl and postgres; nil for the newest installed.
        public var binaries: String?
        /// How long a start (crash recovery included) or a stop may take.
        public var patience: Duration

        /// Creates a configuration.
        public init(
            home: String,
            database: String = "runledger",
            settings: [String: String] = [:],
            binaries: String? = nil,
            patience: Duration = .seconds(60)
        ) {
            self.home = home
            self.database = database
            self.settings = settings
            self.binaries = binaries
            self.patience = patience
        }
    }

    /// How a cluster was found at ``start()``.
    public enum Origin: Sendable, Hashable {
        /// There was none: it was created and started.
        case created
        /// It was there and has been started.
        case started
        /// Its server was running already, e.g. left by a killed process.
        case adopted
    }

    /// Where and how it runs.
    public let configuration: Configuration
    /// How it was found.
    public let origin: Origin
    /// The folder of its unix socket.
    public let socketFolder: String

    /// Creates, starts or adopts the cluster and waits until it answers. An adopted server keeps the settings that
    /// it was started with.
    ///
    /// - Throws: ``PostgresError`` with code `embeddedCluster`; `detail` has the end of the server's log.
    public static func start(_ configuration: Configuration) async throws -> EmbeddedCluster {
        let (origin, socketFolder) = try await onOwnThread(named: "postgres-start") {
            try ClusterControl(configuration).start()
        }
        return EmbeddedCluster(configuration: configuration, origin: origin, socketFolder: socketFolder)
    }

    /// Stops the server: sessions are ended, what is committed stays (PostgreSQL's fast mode).
    ///
    /// - Throws: ``PostgresError`` with code `embeddedCluster` if it does not stop in time.
    public func stop() async throws {
        try await onOwnThread(named: "postgres-stop") { [configuration] in
            try ClusterControl(configuration).stop(mode: "fast")
        }
    }

    /// The URL of the configured database.
    public var connectionURL: String { connectionURL(database: configuration.database) }

    /// The URL of any database of this cluster. It holds no secret.
    public func connectionURL(database: String) -> String {
        Self.url(socketFolder: socketFolder, database: database)
    }

    static func url(socketFolder: String, database: String) -> String {
        "postgresql:///\(percentEncoded(database))?host=\(percentEncoded(socketFolder))&user=postgres"
    }

    private static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                return String(UnicodeScalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                return hex.count == 1 ? "%0\(hex)" : "%\(hex)"
            }
        }.joined()
    }
}
