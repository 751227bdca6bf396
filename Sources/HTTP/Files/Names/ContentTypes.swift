/// Content types of files.
enum ContentTypes {
    static let unknown = "application/octet-stream"

    /// What a file is served as (CONTRACT 7.5): the stored type; if there is none, or it says nothing, the one its
    /// extension stands for.
    static func served(stored: String?, name: String) -> String {
        if let stored, !stored.isEmpty, !isUnspecific(stored) { return stored }
        return byExtension[FileExtension.of(name).lowercased()] ?? unknown
    }

    private static func isUnspecific(_ type: String) -> Bool {
        let essence = type.prefix { $0 != ";" }.lowercased()
        return essence == unknown || essence == "binary/octet-stream"
    }

    private static let byExtension: [String: String] = [
        // Data
        ".csv": "text/csv", ".tsv": "text/tab-separated-values", ".json": "application/json",
        ".jsonl": "application/jsonl", ".ndjson": "application/x-ndjson", ".geojson": "application/geo+json",
        ".xml": "application/xml", ".yaml": "application/yaml", ".yml": "application/yaml",
        ".toml": "application/toml", ".parquet": "application/vnd.apache.parquet", ".sqlite": "application/vnd.sqlite3",
        ".db": "application/vnd.sqlite3", ".ipynb": "application/x-ipynb+json", ".sql": "application/sql",
        // Text
        ".txt": "text/plain", ".log": "text/plain", ".md": "text/markdown", ".markdown": "text/markdown",
        ".html": "text/html", ".htm": "text/html", ".css": "text/css", ".rtf": "application/rtf",
        ".tex": "application/x-tex", ".ics": "text/calendar", ".vcf": "text/vcard", ".diff": "text/x-diff",
        ".patch": "text/x-diff", ".ini": "text/plain", ".cfg": "text/plain", ".conf": "text/plain",
        // Programs
        ".py": "text/x-python", ".js": "text/javascript", ".mjs": "text/javascript", ".ts": "text/typescript",
        ".tsx": "text/typescript", ".jsx": "text/javascript", ".sh": "application/x-sh", ".c": "text/x-c",
        ".h": "text/x-c", ".cpp": "text/x-c++", ".hpp": "text/x-c++", ".java": "text/x-java", ".go": "text/x-go",
        ".rs": "text/x-rust", ".php": "application/x-php", ".r": "text/x-r", ".rb": "text/x-ruby",
        ".swift": "text/x-swift", ".f90": "text/x-fortran", ".d": "text/x-d", ".wasm": "application/wasm",
        // Documents
        ".pdf": "application/pdf", ".doc": "application/msword", ".xls": "application/vnd.ms-excel",
        ".ppt": "application/vnd.ms-powerpoint", ".epub": "application/epub+zip",
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".odt": "application/vnd.oasis.opendocument.text", ".ods": "application/vnd.oasis.opendocument.spreadsheet",
        ".odp": "application/vnd.oasis.opendocument.presentation",
        // Pictures, sound, film, fonts
        ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
        ".svg": "image/svg+xml", ".bmp": "image/bmp", ".ico": "image/vnd.microsoft.icon", ".tif": "image/tiff",
        ".tiff": "image/tiff", ".avif": "image/avif", ".heic": "image/heic", ".mp3": "audio/mpeg",
        ".wav": "audio/wav", ".ogg": "audio/ogg", ".flac": "audio/flac", ".m4a": "audio/mp4", ".mp4": "video/mp4",
        ".webm": "video/webm", ".mov": "video/quicktime", ".avi": "video/x-msvideo", ".ttf": "font/ttf",
        ".otf": "font/otf", ".woff": "font/woff", ".woff2": "font/woff2",
        // Archives
        ".zip": "application/zip", ".tar": "application/x-tar", ".gz": "application/gzip", ".tgz": "application/gzip",
        ".bz2": "application/x-bzip2", ".xz": "application/x-xz", ".7z": "application/x-7z-compressed",
        ".zst": "application/zstd", ".rar": "application/vnd.rar", ".jar": "application/java-archive",
    ]
}
