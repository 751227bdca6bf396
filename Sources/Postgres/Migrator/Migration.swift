/// One run of a ``Migrator``, on the thread that it blocks.
struct Migration {
    private let folder: MigrationFolder
    private let schema: String
    private let session: BlockingSession

    init(_ folder: MigrationFolder, _ schema: String, _ session: BlockingSession) {
        self.folder = folder
        self.schema = schema
        self.session = session
    }

    func run() throws -> MigrationReport {
        // The lock is the session's: it ends with it, however this ends.
        try session.query(MigrationSQL.lock, [schema])
        try inTransaction("the table of steps") {
            try session.query(MigrationSQL.nameSchema, [schema])
            try session.execute(MigrationSQL.createSchema)
            try session.query(MigrationSQL.setSearchPath, [schema])
            try session.execute(MigrationSQL.createTables)
        }
        var report = MigrationReport()
        let applied = try appliedSteps()
        for step in try missingSteps(applied) {
            try apply(step)
            report.applied.append(step.name)
        }
        report.functionsReplaced = try replaceFunctions()
        report.version = folder.steps.last?.number ?? 0
        return report
    }

    private func appliedSteps() throws -> [Int: String] {
        let rows = try session.query(MigrationSQL.appliedSteps).rows
        return try Dictionary(
            uniqueKeysWithValues: rows.map { (Int(try $0.decode("number", as: Int32.self)), try $0.decode("checksum")) }
        )
    }

    private func missingSteps(_ applied: [Int: String]) throws -> [MigrationFolder.Step] {
        let newest = applied.keys.max() ?? 0
        let known = folder.steps.last?.number ?? 0
        guard newest <= known else {
            throw PostgresError(
                .schemaTooNew, "The database has step \(newest), this program knows none beyond \(known)")
        }
        for number in applied.keys.sorted() where !folder.steps.contains(where: { $0.number == number }) {
            throw PostgresError(.schemaStepInvalid, "The database has step \(number), whose file is missing")
        }
        return try folder.steps.filter { step in
            if let checksum = applied[step.number] {
                guard try checksum == self.checksum(of: step.sql) else {
                    throw PostgresError(.schemaStepChanged, "\(step.name).sql was changed after it was applied")
                }
                return false
            }
            guard step.number > newest else {
                throw PostgresError(.schemaStepInvalid, "\(step.name).sql is new but older than step \(newest)")
            }
            return true
        }
    }

    private func apply(_ step: MigrationFolder.Step) throws {
        try inTransaction("\(step.name).sql") {
            try session.execute(step.sql)
            try session.query(MigrationSQL.setSearchPath, [schema])
            try session.query(MigrationSQL.recordStep, [String(step.number), step.name, step.sql])
        }
    }

    private func replaceFunctions() throws -> Bool {
        let text = folder.functionText
        let before = try session.query(MigrationSQL.functionChecksum).rows.first?.decode(0, as: String.self)
        guard try checksum(of: text) != before, !(folder.functions.isEmpty && before == nil) else { return false }
        try inTransaction("functions") {
            // Files come in the order of their names, so one may call another that does not exist yet.
            try session.execute(MigrationSQL.skipBodyChecks)
            for function in folder.functions {
                try naming("functions/\(function.name).sql") { try session.execute(function.sql) }
            }
            try session.query(MigrationSQL.setSearchPath, [schema])
            try session.query(MigrationSQL.recordFunctions, [text])
        }
        return true
    }

    private func checksum(of text: String) throws -> String {
        try session.query(MigrationSQL.checksum, [text]).rows[0].decode(0)
    }

    private func inTransaction(_ subject: String, _ body: () throws -> Void) throws {
        try session.execute("begin")
        do {
            try naming(subject, body)
            try session.execute("commit")
        } catch {
            // If this fails too, the connection is gone and the transaction with it.
            try? session.execute("rollback")
            throw error
        }
    }

    private func naming(_ subject: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch var error as PostgresError where !error.message.hasPrefix("functions/") {
            error.message = "\(subject): \(error.message)"
            throw error
        }
    }
}
