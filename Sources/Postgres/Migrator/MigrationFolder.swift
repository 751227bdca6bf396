import Foundation

/// The SQL files of a migration folder, read and put in order.
struct MigrationFolder: Sendable {
    struct Step: Sendable, Equatable {
        var number: Int
        /// The file name without `.sql`, e.g. `0001_log`.
        var name: String
        var sql: String
    }

    struct Function: Sendable, Equatable {
        var name: String
        var sql: String
    }

    /// In ascending order of their numbers, each once.
    var steps: [Step]
    /// In order of their names.
    var functions: [Function]

    /// Reads `NNNN_name.sql` and `functions/*.sql`.
    init(path: String) throws {
        steps = try Self.files(in: path).map { name in
            guard let number = Self.number(of: name) else {
                throw PostgresError(.schemaStepInvalid, "\(name).sql is not called NNNN_name.sql")
            }
            return Step(number: number, name: name, sql: try Self.read("\(path)/\(name).sql"))
        }
        steps.sort { $0.number < $1.number }
        for (step, next) in zip(steps, steps.dropFirst()) where step.number == next.number {
            throw PostgresError(.schemaStepInvalid, "\(step.name).sql and \(next.name).sql have the same number")
        }
        let functionPath = path + "/functions"
        let names = FileManager.default.fileExists(atPath: functionPath) ? try Self.files(in: functionPath) : []
        functions = try names.map { Function(name: $0, sql: try Self.read("\(functionPath)/\($0).sql")) }
    }

    /// What decides whether the functions have changed: each name and text, told apart by their lengths.
    var functionText: String {
        functions.map { "\($0.name) \($0.sql.utf8.count)\n\($0.sql)" }.joined()
    }

    private static func number(of name: String) -> Int? {
        let parts = name.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, parts[0].count == 4, parts[0].allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return nil
        }
        return Int(parts[0]).flatMap { $0 > 0 ? $0 : nil }
    }

    private static func files(in path: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
                .filter { $0.hasSuffix(".sql") && !$0.hasPrefix(".") }
                .map { String($0.dropLast(4)) }
                .sorted()
        } catch {
            throw PostgresError(.schemaStepInvalid, "The migration folder \(path) cannot be read")
        }
    }

    private static func read(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else { throw PostgresError(.schemaStepInvalid, "\(path) cannot be read as UTF-8") }
        return text
    }
}
