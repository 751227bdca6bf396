internal import Foundation

/// What a driver is told: a header in JSON, then the code (see `Runtimes/python/driver.py`).
struct JobMessage: Encodable {
    let arguments: [String]
    /// Length of the code in bytes.
    let code: Int

    static func encode(_ program: Program) throws -> [UInt8] {
        let header = try JSONEncoder().encode(JobMessage(arguments: program.arguments, code: program.code.count))
        var message: [UInt8] = []
        message.reserveCapacity(4 + header.count + program.code.count)
        withUnsafeBytes(of: UInt32(header.count).bigEndian) { message.append(contentsOf: $0) }
        message.append(contentsOf: header)
        message.append(contentsOf: program.code)
        return message
    }
}
