import Testing
import Foundation
import Logging
@testable import Executor
@Suite(.enabled(if: ProcessInfo.processInfo.environment["ZPROBE"] != nil)) struct ZProbe {
  @Test func probe() async throws {
    var configuration = testConfiguration()
    configuration.poolTargets = [:]
    if let r = ProcessInfo.processInfo.environment["ZRUNTIMES"] { configuration.runtimes = r }
    let provider = LocalProvider(configuration, logger: Logger(label: "measure"))
    try await provider.start()
    for _ in 0..<5 {
      let sandbox = try await provider.acquire(.python)
      try await Task.sleep(for: .milliseconds(100))
      let c = ContinuousClock()
      let b = c.now
      let o = try await sandbox.run(Program(language: .python, code: Array("print(1+1)".utf8))) { _, _ in }
      print("ZP", c.now - b, o.duration, o.usage, String(decoding: o.stderr.bytes, as: UTF8.self))
      await sandbox.destroy()
    }
    await provider.shutdown()
  }
}
