import ArgumentParser
import Projections

struct ProjectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projections", abstract: "Look after the views that are folded from the log.",
        subcommands: [List.self, Status.self, Rebuild.self, Verify.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The views and what they hold.")

        func run() {
            Terminal.say(Table.text(["VIEW", "HOLDS"], ProjectionName.allCases.map { [$0.rawValue, $0.summary] }))
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "How far each view is behind the log.")

        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let views = try await database.withClient { try await ProjectionAdministration(client: $0).status() }
            let rows = views.map { view in
                [
                    view.name.rawValue, "\(view.version)", view.use.rawValue, "\(view.position)", "\(view.lag)",
                    "\(view.rows)", "\(view.bytes)",
                ]
            }
            Terminal.say(Table.text(["VIEW", "VERSION", "USE", "POSITION", "LAG", "ROWS", "BYTES"], rows))
        }
    }

    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Build all views again from the first event; the old ones serve until the new ones are ready.")

        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let clock = Stopwatch()
            let report = try await database.withClient { try await ProjectionAdministration(client: $0).rebuild() }
            Terminal.say(
                "rebuilt from \(report.events) events: version \(report.version) serves at position "
                    + "\(report.position) (\(clock.rate(of: report.events)) events/s)")
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that a rebuild would equal the views that serve, byte for byte.",
            discussion: "Exit code 0: equal. 1: a view differs; the first difference of each is shown.")

        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let clock = Stopwatch()
            let found = try await database.withClient { try await ProjectionAdministration(client: $0).verify() }
            for difference in found.differences {
                Terminal.say(
                    """
                    DIFFERENT \(difference.name.rawValue) \(difference.key)
                      served   \(difference.served ?? "(no row)")
                      rebuilt  \(difference.rebuilt ?? "(no row)")
                    """)
            }
            guard found.isEqual else { throw ExitCode.failure }
            Terminal.say(
                "the views equal a rebuild from \(found.events) events at position \(found.position) "
                    + "(\(clock.rate(of: found.events)) events/s)")
        }
    }
}
