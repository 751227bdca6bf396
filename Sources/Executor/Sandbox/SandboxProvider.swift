import Events

/// Makes sandboxes: with namespaces on this machine, or as pods of a cluster.
protocol SandboxProvider: Sendable {
    /// Checks that every layer of protection can be had and begins to warm up.
    ///
    /// Throws ``SandboxError/Code/unavailable`` with the name of the failing layer. It never falls back to less
    /// protection.
    func start() async throws

    /// A sandbox for a program in `language`. The caller must `destroy` it.
    func acquire(_ language: Language) async throws -> any Sandbox

    /// What can be run here, all languages of the table in its order.
    var languages: [LanguageAvailability] { get async }

    /// Destroys every sandbox and ends every helper process. Runs under way end as cancelled.
    func shutdown() async
}

extension SandboxProvider {
    /// How often a sandbox that died before its program started is replaced by a fresh one.
    static var replacements: Int { 2 }

    /// Calls `body` with a sandbox and destroys it afterwards.
    ///
    /// If the sandbox is lost before the program started, `body` is called again with another one, so it must begin
    /// at the beginning (mount, then run).
    func withSandbox<Result: Sendable>(
        for language: Language, _ body: @Sendable (any Sandbox) async throws -> Result
    ) async throws -> Result {
        var attempt = 0
        while true {
            let sandbox = try await acquire(language)
            do {
                let result = try await body(sandbox)
                await sandbox.destroy()
                return result
            } catch let error as SandboxError where error.code == .lost && attempt < Self.replacements {
                attempt += 1
                await sandbox.destroy()
            } catch {
                await sandbox.destroy()
                throw error
            }
        }
    }
}
