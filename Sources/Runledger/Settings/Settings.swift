import Events
import Executor
import HTTP

/// Everything `runledger serve` can be told (CONTRACT 14).
struct Settings: Sendable {
    enum LogLevel: String, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    enum LogFormat: String, CaseIterable {
        case json, text
    }

    enum ExecutorChoice: String, CaseIterable {
        case local, kubernetes
    }

    enum BlobChoice: String, CaseIterable {
        case postgres, s3
    }

    enum Reuse: String, CaseIterable {
        case auto, explicit
    }

    var http = HTTPConfiguration()
    var executor = ExecutorConfiguration()
    var limits = LocalLimits()
    var retention = RetentionSettings()
    /// nil: the server owns a private cluster under `home`.
    var databaseURL: String?
    var databaseConnections = 20
    var home = ".runledger"
    /// Interpreter of the environment that programs see.
    var python: String?
    var logLevel = LogLevel.info
    var logFormat = LogFormat.json
    /// Variables that are accepted and do nothing, each with a warning.
    var ignored: [String] = []

    /// What is wrong with the environment: one line per broken rule.
    struct Problems: Error {
        let lines: [String]
    }

    var isEmbedded: Bool { databaseURL == nil }

    init(_ variables: [String: String]) throws(Problems) {
        var environment = Environment(variables)
        databaseURL = environment.text("DATABASE_URL")
        home = environment.text("RUNLEDGER_HOME") ?? ".runledger"
        python = environment.text("RUNLEDGER_PYTHON")
        databaseConnections = environment.integer("DATABASE_MAX_CONNECTIONS", default: 20, in: 4...1000)
        readHTTP(&environment)
        readAccess(&environment)
        readAuthentication(&environment)
        readLimits(&environment)
        readExecutor(&environment)
        readRuns(&environment)
        retention = RetentionSettings(&environment)
        readState(&environment)
        readCompilers(&environment)
        readTools(&environment)
        readService(&environment)
        // KubeCodeRun writes level names in capitals; Python says WARNING and CRITICAL too.
        logLevel = environment.choice("LOG_LEVEL", default: .info)
        logFormat = environment.choice("LOG_FORMAT", default: .json)
        ignored = ForeignVariables.ignored(among: environment.names)
        guard environment.problems.isEmpty else { throw Problems(lines: environment.problems) }
    }

    private mutating func readHTTP(_ environment: inout Environment) {
        http.version = Version.current
        http.host = environment.text("API_HOST") ?? (isEmbedded ? "127.0.0.1" : "0.0.0.0")
        http.port = environment.integer("API_PORT", default: 8000, in: 1...65535)
        http.debug = environment.flag("API_DEBUG", default: false)
        http.enableDocs = environment.flag("ENABLE_DOCS", default: true)
        http.limits.requestBodyTimeout = .seconds(
            environment.integer("REQUEST_BODY_TIMEOUT_SECONDS", default: 30, in: 1...3600))
        http.limits.maxJSONBodyBytes = environment.integer("MAX_JSON_BODY_MB", default: 50, in: 1...1024) << 20
        http.limits.maxHeaderBytes = environment.integer("MAX_HEADER_KB", default: 32, in: 1...1024) << 10
        let reuse: Reuse = environment.choice("SESSION_REUSE", default: .auto)
        http.sessionReuse = reuse == .auto ? .auto : .explicit
        if environment.flag("ENABLE_CORS", default: false) { http.cors = Self.origins(&environment) }
    }

    /// `CORS_ORIGINS`: `*`, or a JSON list of origins.
    private static func origins(_ environment: inout Environment) -> CORSPolicy {
        guard let text = environment.text("CORS_ORIGINS") else { return .origins([]) }
        if text == "*" { return .everyone }
        guard let list = try? JSONParser.parse(text).array, list.allSatisfy({ $0.string != nil }) else {
            environment.report("CORS_ORIGINS must be * or a JSON list of origins")
            return .origins([])
        }
        return .origins(list.compactMap(\.string))
    }

    private mutating func readAuthentication(_ environment: inout Environment) {
        var keys: [String] = []
        if let key = environment.text("API_KEY") { keys.append(key) }
        keys += (environment.text("API_KEYS") ?? "").split(separator: ",").map { String($0).trimmingWhitespace }
        http.apiKeys = keys.filter { !$0.isEmpty }
        if http.apiKeys.contains(where: { $0.utf8.count < 16 }) {
            environment.report("API_KEY and each of API_KEYS must have at least 16 characters")
        }
        http.masterKey = environment.text("MASTER_API_KEY")
        if let master = http.masterKey, master.utf8.count < 16 {
            environment.report("MASTER_API_KEY must have at least 16 characters")
        }
        http.envKeysTenant = environment.text("ENV_KEYS_TENANT")
        http.authEnabled = environment.flag("AUTH_ENABLED", default: true)
        http.authFailureLimit = environment.integer("AUTH_FAILURE_LIMIT", default: 30, in: 1...1_000_000)
        http.authFailureWindow = .seconds(
            environment.integer("AUTH_FAILURE_WINDOW_SECONDS", default: 300, in: 1...86400))
        for network in (environment.text("AUTH_TRUSTED_NETWORKS") ?? "").split(separator: ",") {
            guard let parsed = CIDR(String(network).trimmingWhitespace) else {
                environment.report("AUTH_TRUSTED_NETWORKS must be a comma list of networks like 10.0.0.0/8")
                continue
            }
            http.trustedNetworks.append(parsed)
        }
        if !hasWayIn, !(isEmbedded && isLoopback) {
            environment.report(
                "no way to authenticate: set API_KEY or MASTER_API_KEY (at least 16 characters), "
                    + "CODEAPI_JWT_JWKS_JSON, AUTH_TRUSTED_NETWORKS, or "
                    + "AUTH_ENABLED=false")
        }
        if !http.authEnabled, !isLoopback, !environment.flag("AUTH_DISABLED_ACKNOWLEDGED", default: false) {
            environment.report(
                "AUTH_ENABLED=false on a host that others can reach needs AUTH_DISABLED_ACKNOWLEDGED=true")
        }
    }

    var isLoopback: Bool {
        http.host == "localhost" || http.host == "::1" || http.host.hasPrefix("127.")
    }

    private mutating func readLimits(_ environment: inout Environment) {
        let fileMB = environment.integer("MAX_FILE_SIZE_MB", default: 150, in: 1...500)
        let totalMB = environment.integer("MAX_TOTAL_FILE_SIZE_MB", default: 2048, in: 1...1_048_576)
        http.limits.maxFileBytes = Int64(fileMB) << 20
        http.limits.maxTotalFileBytes = Int64(totalMB) << 20
        http.limits.maxFilesPerSession = environment.integer("MAX_FILES_PER_SESSION", default: 1000, in: 1...100_000)
        http.limits.maxFilesPerUpload = environment.integer("MAX_FILES_PER_UPLOAD", default: 200, in: 1...10_000)
        http.limits.maxInputFiles = environment.integer("MAX_INPUT_FILES", default: 1000, in: 1...100_000)
        http.limits.maxExecutionSeconds = environment.integer("MAX_EXECUTION_TIME", default: 30, in: 1...600)
        http.limits.maxMemoryMB = environment.integer("MAX_MEMORY_MB", default: 512, in: 16...1_048_576)
        http.limits.maxOutputChars = environment.integer("MAX_OUTPUT_CHARS", default: 65536, in: 1...(1 << 30))
        http.limits.fileReadMaxChars = environment.integer(
            "FILE_READ_MAX_CHARS", default: 1_048_576, in: 1...(1 << 30))
        executor.maximumFileBytes = http.limits.maxFileBytes
        executor.maximumSessionBytes = http.limits.maxTotalFileBytes
        executor.maximumSessionNames = Int64(http.limits.maxFilesPerSession)
        executor.maximumOutputFiles = environment.integer("MAX_OUTPUT_FILES", default: 50, in: 0...100_000)
        executor.memoryMiB = http.limits.maxMemoryMB
    }

    private mutating func readExecutor(_ environment: inout Environment) {
        executor.capacity = environment.integer("MAX_CONCURRENT_EXECUTIONS", default: 10, in: 1...10_000)
        http.limits.maxConcurrentExecutions = executor.capacity
        http.limits.maxQueuedExecutions = environment.integer("EXECUTION_QUEUE_MAX", default: 200, in: 0...1_000_000)
        executor.leaseSeconds = environment.integer("EXECUTION_LEASE_SECONDS", default: 30, in: 5...3600)
        executor.grace = .seconds(environment.integer("SHUTDOWN_GRACE_SECONDS", default: 60, in: 0...3600))
        limits.diskMiB = environment.integer("SANDBOX_DISK_MB", default: 1024, in: 1...1_048_576)
        limits.processes = environment.integer("MAX_PIDS", default: 512, in: 8...1_000_000)
        limits.openFiles = environment.integer("MAX_OPEN_FILES", default: 1024, in: 16...1_048_576)
        limits.processors = environment.number("MAX_CPUS", default: 1, in: 0.05...1024)
        limits.outputBytes = environment.integer("MAX_OUTPUT_BYTES", default: 10 << 20, in: 1...(1 << 30))
        let wan = environment.flag("ENABLE_WAN_ACCESS", default: false)
        limits.network = environment.flag("SANDBOX_NETWORK", default: wan)
        let choice: ExecutorChoice = environment.choice("EXECUTOR", default: .local)
        if choice == .kubernetes {
            environment.report("EXECUTOR=kubernetes is not supported by this version")
        }
        let blobs: BlobChoice = environment.choice("BLOB_STORE", default: .postgres)
        if blobs == .s3 {
            environment.report("BLOB_STORE=s3 is not supported by this version")
        }
    }
}
