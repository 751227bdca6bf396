import ArgumentParser
import Events
import Foundation
import Logging
import Postgres
import ServiceLifecycle

/// Measures the log below HTTP. `Benchmarks/run.py` calls it; the rest of the budgets is measured from outside.
@main
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runledger-bench", abstract: "Measure or fill the event log of a database.",
        subcommands: [Appends.self, Generate.self])

    /// Opens the log of a migrated database for `body`.
    static func withLog<Value: Sendable>(
        _ url: String, _ body: @escaping @Sendable (PostgresLog) async throws -> Value
    ) async throws -> Value {
        var logger = Logger(label: "bench")
        logger.logLevel = .error
        let configuration = PostgresConfiguration(url: url)
        let client = PostgresClient(configuration, connections: 2, logger: logger)
        let listener = PostgresListener(configuration, channels: [PostgresLog.channel], logger: logger)
        let log = PostgresLog(
            configuration: configuration, client: client, listener: listener, cache: BlobCache(), logger: logger)
        return try await withThrowingTaskGroup(of: Value?.self) { [logger] group in
            group.addTask {
                try await ServiceGroup(
                    configuration: ServiceGroupConfiguration(services: [client, listener, log], logger: logger)
                ).run()
                return nil
            }
            group.addTask {
                try await log.prepare()
                return try await body(log)
            }
            while let value = try await group.next() {
                if let value {
                    group.cancelAll()
                    return value
                }
            }
            throw ExitCode.failure
        }
    }

    struct Appends: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Durable appends a second and their latency, one event each, a session per writer.")

        @Option var databaseURL: String
        @Option var writers = 64
        @Option var seconds = 5

        func run() async throws {
            let (latencies, elapsed) = try await BenchCommand.withLog(databaseURL) { [writers, seconds] log in
                let started = ContinuousClock.now
                let deadline = started + .seconds(seconds)
                let latencies = try await withThrowingTaskGroup(of: [Duration].self) { group in
                    for _ in 0..<writers {
                        group.addTask {
                            let session = Identifier.random()
                            var latencies: [Duration] = []
                            while ContinuousClock.now < deadline {
                                let sent = ContinuousClock.now
                                _ = try await log.append(
                                    Append(session: session, expected: .any, events: [Sample.event()]))
                                latencies.append(ContinuousClock.now - sent)
                            }
                            return latencies
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                return (latencies.sorted(), ContinuousClock.now - started)
            }
            let total = Double(latencies.count)
            let p50 = latencies[latencies.count / 2]
            let p99 = latencies[min(latencies.count - 1, latencies.count * 99 / 100)]
            print(
                """
                {"writers":\(writers),"appends_per_second":\(Int(total / (elapsed / .seconds(1)))),\
                "p50_ms":\(Sample.milliseconds(p50)),"p99_ms":\(Sample.milliseconds(p99))}
                """)
        }
    }

    struct Generate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Append events of made-up sessions.")

        @Option var databaseURL: String
        @Option var events = 100_000

        func run() async throws {
            try await BenchCommand.withLog(databaseURL) { [events] log in
                let perSession = 20
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<64 {
                        group.addTask {
                            var session = writer
                            while session * perSession < events {
                                let id = Identifier.random()
                                let count = min(perSession, events - session * perSession)
                                _ = try await log.append(
                                    Append(
                                        session: id, expected: .none,
                                        events: (0..<count).map { $0 == 0 ? Sample.created() : Sample.event() }))
                                session += 64
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            print("\(events) events appended")
        }
    }
}

/// Bodies of an ordinary size.
private enum Sample {
    static func created() -> NewEvent {
        SessionCreated(
            kind: .private, owner: Owner(tenant: "bench"), endUser: nil, entityID: nil,
            actor: Actor(id: "bench", kind: "system")
        ).event()
    }

    static func event() -> NewEvent {
        let file = FileContent(
            id: Identifier.random(), name: "data.csv", size: 12, sha256: EventHash.sha256([1]),
            contentType: "text/csv", readOnly: false)
        return FileUploaded(
            file: file, resource: ResourceIdentity(), actor: Actor(id: "bench", kind: "system")
        ).event()
    }

    static func milliseconds(_ duration: Duration) -> Double {
        (duration / .milliseconds(1) * 100).rounded() / 100
    }
}
