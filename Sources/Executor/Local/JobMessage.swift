import Events
internal import Foundation

/// What a driver is told: a header in JSON, then the code, then the state (see `Runtimes/python/driver.py`).
struct JobMessage: Encodable {
    /// How the Python state is kept.
    struct State: Encodable {
        /// Length of the state to begin with, in bytes; zero for a clean start.
        let size: Int
        /// Bytes that the state after the program may have.
        let limit: Int
        /// Whether a program that failed is saved too.
        let onError: Bool

        enum CodingKeys: String, CodingKey {
            case size, limit
            case onError = "on_error"
        }
    }

    let arguments: [String]
    /// Length of the code in bytes.
    let code: Int
    /// Absent for a program without state.
    let state: State?
    /// What a programmatic run may call; absent for others.
    let tools: [PythonTool]?
    /// Only node is asked to, and only for TypeScript.
    let transpile: Bool?

    static func encode(_ program: Program) throws -> [UInt8] {
        let blob = program.state?.blob ?? []
        let state = program.state.map {
            State(size: blob.count, limit: $0.limit, onError: $0.capturesFailures)
        }
        let header = try JSONEncoder().encode(
            JobMessage(
                arguments: program.arguments, code: program.code.count, state: state,
                tools: program.tools?.tools.map { PythonTool($0) },
                transpile: program.language == .typeScript ? true : nil))
        var message: [UInt8] = []
        message.reserveCapacity(4 + header.count + program.code.count + blob.count)
        withUnsafeBytes(of: UInt32(header.count).bigEndian) { message.append(contentsOf: $0) }
        message.append(contentsOf: header)
        message.append(contentsOf: program.code)
        message.append(contentsOf: blob)
        return message
    }
}
