import Events
import Logging
import Synchronization
import Testing

@testable import HTTP

@Suite struct HealthMonitorTests {
    private func monitor(
        _ checks: [ServiceCheck], patience: Duration = .seconds(60), lifetime: Duration = .seconds(60)
    ) -> HealthMonitor {
        HealthMonitor(
            checks, patience: patience, lifetime: lifetime, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func check(_ name: String, _ finding: ServiceCheck.Finding = ServiceCheck.Finding()) -> ServiceCheck {
        ServiceCheck(name: name, kind: "local") { finding }
    }

    private struct Secret: Error {}

    @Test func `the worst part decides, and no error is told`() async {
        let fine = check("a")
        let weak = check("b", ServiceCheck.Finding(isDegraded: true))
        let dead = ServiceCheck(name: "c", kind: "local") { throw Secret() }
        #expect(await monitor([]).reports(usesCache: false).overall == .unknown)
        #expect(await monitor([fine]).reports(usesCache: false).overall == .healthy)
        #expect(await monitor([fine, weak]).reports(usesCache: false).overall == .degraded)
        let reports = await monitor([dead, weak, fine]).reports(usesCache: false)
        #expect(reports.overall == .unhealthy)
        #expect(reports.map(\.name) == ["c", "b", "a"])
        #expect(reports[0].error == "The check failed" && reports[1].error == nil)
    }

    @Test func `a part that does not answer is unhealthy, whatever it waits for`() async {
        let stuck = ServiceCheck(name: "stuck", kind: "local") {
            await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
            return ServiceCheck.Finding()
        }
        let reports = await monitor([stuck], patience: .milliseconds(20)).reports(usesCache: false)
        #expect(reports.map(\.status) == [.unhealthy])
    }

    @Test func `answers are remembered, and asked anew on demand`() async {
        let count = Mutex(0)
        let counting = ServiceCheck(name: "a", kind: "local") {
            ServiceCheck.Finding(details: [JSONMember("n", .int(count.withLock { $0 += 1; return $0 }))])
        }
        let monitor = monitor([counting])
        func number(_ usesCache: Bool) async -> Int64? {
            await monitor.reports(usesCache: usesCache).first?.details.first?.value.int
        }
        #expect(await number(true) == 1)
        #expect(await number(true) == 1)
        #expect(await number(false) == 2)
        #expect(await number(true) == 2)
    }
}
