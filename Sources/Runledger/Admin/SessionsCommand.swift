import ArgumentParser
import Events
import Foundation
import Projections

struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Look at sessions and their events.",
        subcommands: [List.self, Show.self, ShowEvents.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest sessions, one a line.")

        @OptionGroup var database: DatabaseOptions
        @Option(help: "How many.") var limit = 20

        func run() async throws {
            let sessions = try await database.withClient { client in
                try await LedgerQueries(client: client).sessions(SessionQuery(scope: .everything, limit: limit))
            }
            let rows = sessions.map { session in
                [
                    session.id, session.status.rawValue, session.kind.rawValue, session.owner.tenant,
                    session.createdAt.description, "\(session.executionCount)", "\(session.fileCount)",
                    "\(session.version)",
                ]
            }
            Terminal.say(
                Table.text(
                    ["SESSION", "STATUS", "KIND", "TENANT", "CREATED", "RUNS", "FILES", "EVENTS"], rows))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One session: its state, files and runs.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "Session id.") var session: String

        func run() async throws {
            let state = try await database.withClient { client in
                try await PostgresSessionReader(client: client).loadComplete(session)
            }
            guard let state else {
                Terminal.complain("no session \(session)")
                throw ExitCode.failure
            }
            Terminal.say(
                """
                session     \(state.id)
                status      \(state.status.rawValue) (\(state.kind.rawValue))
                owner       \(state.owner.tenant)\(state.owner.principal == state.owner.tenant ? "" : " / \(state.owner.principal)")
                end user    \(state.endUser ?? "-")
                created     \(state.createdAt)
                last event  \(state.lastActivityAt)
                runs        \(state.executionCount)
                events      \(state.version), the last at position \(state.position)
                head hash   \(state.headHash.hex)

                """)
            let files = state.files.values.sorted { $0.position < $1.position }
            let rows = files.map { file in
                [
                    file.id, file.isCurrent ? "current" : "older", file.origin.rawValue, "\(file.content.size)",
                    file.createdAt.description, file.name,
                ]
            }
            Terminal.say(Table.text(["FILE", "VERSION", "ORIGIN", "BYTES", "CREATED", "NAME"], rows))
        }
    }

    struct ShowEvents: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "events", abstract: "The events of a session, oldest first.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "Session id.") var session: String
        @Flag(help: "One JSON object a line, as the API shows them.") var json = false

        func run() async throws {
            let events = try await database.withClient { client in
                try await SessionEvents(client: client).all(of: session)
            }
            guard !events.isEmpty else {
                Terminal.complain("no session \(session)")
                throw ExitCode.failure
            }
            if json {
                for event in events {
                    Terminal.say(String(decoding: JSONWriter.compact(event.json), as: UTF8.self))
                }
                return
            }
            let rows = events.map { event in
                [
                    "\(event.position)", "\(event.version)", event.time.description, event.type.rawValue,
                    String(event.hash.hex.prefix(12)), EventDigest.line(event),
                ]
            }
            Terminal.say(Table.text(["POSITION", "SEQ", "TIME", "TYPE", "HASH", "WHAT"], rows))
        }
    }
}
