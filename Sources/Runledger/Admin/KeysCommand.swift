import ArgumentParser
import Events
import Foundation
import Projections

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, look at and revoke API keys; running servers notice at once.",
        subcommands: [List.self, Create.self, Change.self, Disable.self, Enable.self, Revoke.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The managed keys. Those of the environment are the server's own.")

        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let (keys, uses) = try await database.withClient { client in
                (try await ManagedKeys(client: client), try await PostgresKeyAccounts(client: client).uses())
            }
            let rows = keys.all.map { key in
                let use = uses[key.hash]
                return [
                    String(key.hash.hex.prefix(16)), key.prefix, key.isEnabled ? "enabled" : "DISABLED",
                    key.role.rawValue, key.tenant ?? "-", KeyText.limits(key.limits), "\(use?.count ?? 0)",
                    use?.last.description ?? "never", key.name,
                ]
            }
            Terminal.say(
                Table.text(
                    ["HASH", "PREFIX", "STATUS", "ROLE", "TENANT", "LIMITS", "USES", "LAST USED", "NAME"], rows))
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key and show it, once: only its digest is stored.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var limits: LimitOptions
        @Argument(help: "A name for people.") var name: String
        @Option(help: "client, auditor or admin.", transform: KeyText.role) var role = Role.client
        @Option(help: "Keys of one tenant own the same sessions and files; without one, each key has its own.")
        var tenant: String?

        func run() async throws {
            guard !name.isEmpty, tenant != "" else { throw ValidationError("a name or tenant must not be empty") }
            var rates = RateLimits()
            for (period, limit) in try limits.changes() { rates[period] = limit }
            let new = KeyAdministration.NewKey(name: name, role: role, tenant: tenant, limits: rates)
            let (key, record) = try await database.withKeys { try await $0.create(new, actor: KeyText.actor) }
            Terminal.complain("key \(record.hash.hex.prefix(16)) (\(role.rawValue)); it will not be shown again:")
            Terminal.say(key)
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Rename a key, or give it another role or limits.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var limits: LimitOptions
        @Argument(help: "Its hash or prefix, as `keys list` shows it.") var key: String
        @Option(help: "The new name.") var name: String?
        @Option(help: "client, auditor or admin.", transform: KeyText.role) var role: Role?

        func run() async throws {
            let change = KeyChange(name: name, role: role, limits: try limits.changes())
            guard !change.isEmpty, name != "" else { throw ValidationError("say what to change") }
            try await database.edit(key, "changed") { try await $0.change($1, change, actor: KeyText.actor) }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Switch a key off; `enable` brings it back.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "Its hash or prefix, as `keys list` shows it.") var key: String

        func run() async throws {
            try await database.edit(key, "disabled") {
                try await $0.change($1, KeyChange(isEnabled: false), actor: KeyText.actor)
            }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Switch a disabled key on again.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "Its hash or prefix, as `keys list` shows it.") var key: String

        func run() async throws {
            try await database.edit(key, "enabled") {
                try await $0.change($1, KeyChange(isEnabled: true), actor: KeyText.actor)
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a key for good.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "Its hash or prefix, as `keys list` shows it.") var key: String

        func run() async throws {
            try await database.edit(key, "revoked") { try await $0.revoke($1, actor: KeyText.actor) }
        }
    }
}

/// `--per-minute 60`; 0 lifts a limit.
struct LimitOptions: ParsableArguments {
    @Option(help: "Requests a second; 0 for no limit.") var perSecond: Int64?
    @Option(help: "Requests a minute; 0 for no limit.") var perMinute: Int64?
    @Option(help: "Requests an hour; 0 for no limit.") var hourly: Int64?
    @Option(help: "Requests a day; 0 for no limit.") var daily: Int64?
    @Option(help: "Requests a month; 0 for no limit.") var monthly: Int64?

    func changes() throws -> [RatePeriod: Int64?] {
        var changes: [RatePeriod: Int64?] = [:]
        for (period, value) in zip(RatePeriod.allCases, [perSecond, perMinute, hourly, daily, monthly]) {
            guard let value else { continue }
            guard value >= 0 else { throw ValidationError("a limit must not be negative") }
            changes[period] = .some(value == 0 ? nil : value)
        }
        return changes
    }
}

private enum KeyText {
    /// Who stands in the events: the account that ran the command.
    static let actor = Actor(id: "cli:" + NSUserName(), kind: "system")

    @Sendable static func role(_ text: String) throws -> Role {
        guard let role = Role(rawValue: text) else {
            throw ValidationError("'\(text)' is not client, auditor or admin")
        }
        return role
    }

    static func limits(_ limits: RateLimits) -> String {
        let texts = RatePeriod.allCases.compactMap { period in limits[period].map { "\(period.rawValue)=\($0)" } }
        return texts.isEmpty ? "-" : texts.joined(separator: ",")
    }
}
