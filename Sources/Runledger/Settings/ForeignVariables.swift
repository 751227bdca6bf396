/// Variables of KubeCodeRun and its kind that mean nothing here (CONTRACT 14): accepted, so that an existing
/// environment file starts the server, and warned about, so that nobody relies on them.
enum ForeignVariables {
    private static let prefixes = ["REDIS_", "MINIO_", "SQLITE_METRICS_", "METRICS_ARCHIVE_"]

    private static let names: Set<String> = [
        "METRICS_AGGREGATION_INTERVAL_MINUTES", "METRICS_BUFFER_SIZE", "DETAILED_METRICS_ENABLED",
        "STATE_ARCHIVE_AFTER_SECONDS", "STATE_ARCHIVE_CHECK_INTERVAL_SECONDS", "ENABLE_ORPHAN_MINIO_CLEANUP",
        "SESSION_ID_LENGTH", "MAX_SESSIONS_PER_ENTITY", "MAX_FILENAME_LENGTH", "MAX_CPU_QUOTA",
        "K8S_JOB_DEADLINE_SECONDS", "API_KEY_HEADER", "API_KEY_CACHE_TTL", "API_RELOAD", "SSL_REDIRECT",
        "ALLOWED_FILE_EXTENSIONS", "BLOCKED_FILE_PATTERNS", "WAN_NETWORK_NAME", "WAN_DNS_SERVERS",
        "POD_MASK_HOST_INFO", "POD_GENERIC_HOSTNAME", "ENABLE_NETWORK_ISOLATION", "ENABLE_FILESYSTEM_ISOLATION",
        "POD_POOL_WARMUP_ON_STARTUP", "POD_POOL_EXHAUSTION_TRIGGER", "POD_TTL_MINUTES",
        "POD_CLEANUP_INTERVAL_MINUTES", "LOG_MAX_SIZE_MB", "LOG_BACKUP_COUNT", "ENABLE_SECURITY_LOGS",
        "HEALTH_CHECK_INTERVAL",
    ]

    static func ignored(among variables: [String]) -> [String] {
        variables.filter { name in
            names.contains(name) || prefixes.contains { name.hasPrefix($0) }
                || name.hasPrefix("METRICS_") && name.hasSuffix("_RETENTION_DAYS")
        }
    }
}
