import Foundation

/// Finds the Python environment that programs run in.
enum Python {
    /// - Parameters:
    ///   - interpreter: `RUNLEDGER_PYTHON`, or nil for the environment under the home.
    /// - Returns: the root of the environment; nil when there is none (Python is then not available).
    static func environment(interpreter: String?, home: Home) -> String? {
        let candidate = interpreter ?? home.path + "/venv/bin/python3"
        guard FileManager.default.isExecutableFile(atPath: candidate) else { return nil }
        // <root>/bin/python3: the link itself is not resolved, or the environment would be lost.
        return URL(fileURLWithPath: candidate).deletingLastPathComponent().deletingLastPathComponent().path
    }
}
