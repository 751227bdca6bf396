import Events
import Foundation
import Logging
import Postgres
import Projections
import Testing

private func since(_ start: ContinuousClock.Instant) -> Double { let d = ContinuousClock.now - start; return Double(d.components.seconds) + Double(d.components.attoseconds) / 1e18 }
private struct Seeder {
    var position: Int64 = 0
    var out: [Event] = []
    mutating func add(_ s: String, _ v: inout Int64, _ e: NewEvent) {
        v += 1; position += 1
        out.append(Event(position: position, session: s, version: v, type: e.type, time: Timestamp(milliseconds: 1_790_000_000_000 + position), execution: e.execution, data: e.data, salt: e.salt, dataCommitment: e.salt, previousHash: e.salt, hash: e.salt))
    }
}
private let actor = Actor(id: "key:ca978112ca1bbdca", kind: "api_key")
private let owner = Owner(tenant: "key:ca978112ca1bbdca")
private let digest = NewEvent.randomSalt()

private func makeEvents(_ total: Int) -> [Event] {
    var seeder = Seeder()
    var open: [(String, Int64, [ExecutionInput])] = []
    while seeder.position < Int64(total) {
        // 200 sessions alive, interleaved; a session has about ten runs
        if open.count < 200 {
            let s = Identifier.random(); var v: Int64 = 0
            seeder.add(s, &v, SessionCreated(kind: .private, owner: owner, endUser: "u-\(Int.random(in: 0..<1000))", entityID: nil, actor: actor).event())
            open.append((s, v, []))
        }
        let i = Int.random(in: 0..<open.count)
        var (s, v, inputs) = open[i]
        let x = Identifier.random()
        seeder.add(s, &v, ExecutionRequested(language: "py", codeSHA256: digest, codeSize: 400, arguments: [], timeout: 30000, inputs: Array(inputs.suffix(2)), missing: [], endUser: "u-1", entityID: nil, owner: owner, actor: actor, sessionBytes: 0, sessionNames: 0).event(execution: x))
        seeder.add(s, &v, ExecutionStarted(startedAt: Timestamp.now(), sandboxSource: "local", attempt: 1).event(execution: x))
        let f = Identifier.random(); let name = "out-\(Int.random(in: 0..<5)).csv"
        seeder.add(s, &v, FileWritten(file: FileContent(id: f, name: name, size: 1000, sha256: digest, contentType: "text/csv", readOnly: false), modifiedFrom: nil).event(execution: x))
        inputs.append(ExecutionInput(file: FileReference(id: f, session: s), name: name, size: 1000, sha256: digest, readOnly: false, requested: false, echoed: false, bucket: s))
        seeder.add(s, &v, ExecutionFinished(status: .completed, reason: .exited, exitCode: 0, signal: nil, message: nil, stdout: StreamRecord(sha256: digest, totalBytes: 100, keptBytes: 100), stderr: StreamRecord(sha256: digest, totalBytes: 0, keptBytes: 0), startedAt: Timestamp.now(), duration: 10, compile: nil, cpu: 9, memoryPeak: 1 << 20, files: [OutputFile(id: f, name: name, size: 1000, sha256: digest, modifiedFrom: nil)], skipped: [], counters: [:], attempt: 1, executor: "host", executorKind: "local", sandboxSource: "local", toolchain: "3.11.7").event(execution: x))
        if v > 40 { open.remove(at: i) } else { open[i] = (s, v, inputs) }
    }
    return seeder.out
}


@Suite struct ZMeasure {
    @Test func measure() async throws {
        try await TestLedger.run { ledger in
            let events = makeEvents(100_000)
            for start in stride(from: 0, to: events.count, by: 10000) {
                let e = Array(events[start..<min(start + 10000, events.count)])
                try await ledger.sql("insert into runledger.event select p, s, v, t, runledger.instant(ti), x, d, sa, sa, sa, sa from unnest($1,$2,$3,$4,$5,$6,$7,$8) u(p,s,v,t,ti,x,d,sa)", [.int8Array(e.map(\.position)), .textArray(e.map(\.session)), .int8Array(e.map(\.version)), .textArray(e.map(\.type.rawValue)), .int8Array(e.map(\.time.milliseconds)), .textArray(e.map(\.execution)), .textArray(e.map(\.data)), .bytesArray(e.map(\.salt))])
            }
            try await ledger.sql("insert into runledger.session_stream select session, max(version), '\\x00', min(position) from runledger.event group by 1")
            let n = Double(events.count)
            let t0 = ContinuousClock.now
            var at: Int64 = 0
            while case let page = try await ledger.log.read(after: at, limit: 5000), let last = page.last { at = last.position }
            print("MEASURE read", Int(n / since(t0)))
            let t1 = ContinuousClock.now
            _ = FoldedLedger(events)
            print("MEASURE fold only", Int(n / since(t1)))
            let t2 = ContinuousClock.now
            try await ledger.administration.rebuild { p in if p.phase != .folding { print("MEASURE ", p.phase, since(t2)) } }
            print("MEASURE rebuild", Int(n / since(t2)))
            let t3 = ContinuousClock.now
            let v = try await ledger.administration.verify()
            print("MEASURE verify", Int(n / since(t3)), v.isEqual, v.events)
            try await ledger.sql("update runledger.projection set position = 0")
            try await ledger.sql("truncate runledger.sessions_v2, runledger.files_v2, runledger.executions_v2")
            let t4 = ContinuousClock.now
            try await ledger.project()
            print("MEASURE projector catch-up", Int(n / since(t4)))
        }
    }
}
