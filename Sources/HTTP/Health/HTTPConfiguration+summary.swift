import Events

extension HTTPConfiguration {
    /// What `/config` shows while debugging: figures and choices, never a key, and of networks only their number.
    var summary: JSONValue {
        [
            "version": .string(version),
            "api": [
                "host": .string(host), "port": .int(port), "debug": .bool(debug), "docs": .bool(enableDocs),
                "cors": .bool(cors != nil), "access_logs": .bool(accessLogs),
            ],
            "authentication": [
                "enabled": .bool(authEnabled), "environment_keys": .int(apiKeys.count),
                "master_key": .bool(masterKey != nil), "trusted_networks": .int(trustedNetworks.count),
                "failure_limit": .int(authFailureLimit),
                "failure_window_seconds": .int(authFailureWindow.components.seconds),
            ],
            "sessions": ["reuse": .string(sessionReuse.rawValue), "ttl_hours": .int(sessionHours)],
            "limits": limits.summary,
        ]
    }
}

extension HTTPConfiguration.Limits {
    fileprivate var summary: JSONValue {
        [
            "max_file_bytes": .int(maxFileBytes), "max_total_file_bytes": .int(maxTotalFileBytes),
            "max_files_per_session": .int(maxFilesPerSession), "max_files_per_upload": .int(maxFilesPerUpload),
            "max_input_files": .int(maxInputFiles), "max_json_body_bytes": .int(maxJSONBodyBytes),
            "max_header_bytes": .int(maxHeaderBytes), "max_url_bytes": .int(maxURLBytes),
            "request_body_timeout_seconds": .int(requestBodyTimeout.components.seconds),
            "max_execution_seconds": .int(maxExecutionSeconds), "max_memory_mb": .int(maxMemoryMB),
            "max_concurrent_executions": .int(maxConcurrentExecutions),
            "max_queued_executions": .int(maxQueuedExecutions), "max_output_chars": .int(maxOutputChars),
            "file_read_max_chars": .int(fileReadMaxChars),
            "health_check_timeout_seconds": .int(healthPatience.components.seconds),
        ]
    }
}
