import Events
import Foundation
import Logging
import Testing

@testable import Executor

extension Sandboxes.Toolchains {
    /// Owners are named after the test: the shared provider's cache outlives each.
    @Suite struct CompileCaching {
        private let owner = Owner(tenant: UUID().uuidString, principal: "p")

        private func isKept(_ ran: Ran) -> Bool { ran.outcome.compileDuration == .zero }

        @Test(arguments: LanguageSample.all.filter(\.isKept))
        func `a kept program does what the compiled one did`(sample: LanguageSample) async throws {
            var results: [Ran] = []
            for _ in 0..<2 {
                results.append(
                    try await run(
                        sample.language, sample.program, arguments: ["a b", "ü"], inputs: [sample.input], owner: owner))
            }
            #expect(results.map(isKept) == [false, true])
            #expect(results[0].stdout == "hi a b ü 42\n")
            #expect(results[1].stdout == results[0].stdout)
            #expect(results[1].stderr == results[0].stderr)
            #expect(results[1].contents == results[0].contents)
            #expect(results[1].outcome.exitCode == 3)
        }

        @Test func `other code is compiled`() async throws {
            _ = try await run(.c, Self.prints("1"), owner: owner)
            let ran = try await run(.c, Self.prints("2"), owner: owner)
            #expect(!isKept(ran))
            #expect(ran.stdout == "2")
        }

        @Test(arguments: LanguageSample.all.filter(\.isKept))
        func `another neighbour is compiled in`(sample: LanguageSample) async throws {
            _ = try await run(sample.language, sample.program, arguments: ["", ""], inputs: [sample.input], owner: owner)
            let changed = SandboxInput(
                path: sample.neighbour.path, bytes: Array(sample.neighbour.text.replacing("42", with: "44").utf8))
            let ran = try await run(
                sample.language, sample.program, arguments: ["a", "b"], inputs: [changed], owner: owner)
            #expect(!isKept(ran))
            #expect(ran.stdout == "hi a b 44\n")
        }

        @Test func `a neighbour that matters only by being there is noticed`() async throws {
            let code = """
                #include <stdio.h>
                #if __has_include("data.csv")
                #define N 1
                #else
                #define N 0
                #endif
                int main(void) { printf("%d", N); return 0; }
                """
            #expect(try await run(.c, code, owner: owner).stdout == "0")
            let input = SandboxInput(path: "data.csv", bytes: [])
            #expect(try await run(.c, code, inputs: [input], owner: owner).stdout == "1")
        }

        @Test func `data that no compiler reads does not matter`() async throws {
            _ = try await run(.c, Self.prints("1"), owner: owner)
            let input = SandboxInput(path: "data.csv", bytes: [1])
            #expect(isKept(try await run(.c, Self.prints("1"), inputs: [input], owner: owner)))
        }

        @Test func `arguments are not part of the program`() async throws {
            let code = "#include <stdio.h>\nint main(int n, char **a) { printf(\"%s\", a[1]); return 0; }"
            #expect(try await run(.c, code, arguments: ["x"], owner: owner).stdout == "x")
            let second = try await run(.c, code, arguments: ["y"], owner: owner)
            #expect(isKept(second))
            #expect(second.stdout == "y")
        }

        @Test func `one owner's program is not another's`() async throws {
            _ = try await run(.c, Self.prints("1"), owner: owner)
            let other = Owner(tenant: owner.tenant, principal: "q")
            #expect(!isKept(try await run(.c, Self.prints("1"), owner: other)))
        }

        @Test func `the time of compilation is no constant`() async throws {
            let code = "#include <stdio.h>\nint main(void) { puts(__TIME__); return 0; }"
            _ = try await run(.c, code, owner: owner)
            #expect(!isKept(try await run(.c, code, owner: owner)))
        }

        @Test func `what does not compile fails again`() async throws {
            for _ in 0..<2 {
                let ran = try await run(.c, "int main(void) { return x; }", owner: owner)
                #expect(ran.outcome.termination == .compileError)
                #expect(ran.stderr.contains("‘x’ undeclared"))
            }
        }

        @Test func `a program cannot change what is kept of it`() async throws {
            let code = """
                #include <stdio.h>
                int main(int n, char **a) {
                    remove("/build/out/main");
                    FILE *f = fopen("/build/out/main", "w");
                    if (f) { fputs("#!/bin/sh\\necho changed\\n", f); fclose(f); }
                    puts("original");
                    return 0;
                }
                """
            for _ in 0..<3 { #expect(try await run(.c, code, owner: owner).stdout == "original\n") }
        }

        @Test func `programs are kept over a restart, and a spoiled one is compiled again`() async throws {
            var configuration = testConfiguration()
            configuration.pythonEnvironment = nil
            configuration.cache = NSTemporaryDirectory() + "runledger-cache-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: configuration.cache) }
            let kept = configuration.cache + "/compiled"

            func once() async throws -> Ran {
                let provider = LocalProvider(configuration, logger: Logger(label: "restart"))
                try await provider.start()
                do {
                    let ran = try await run(.c, Self.prints("1"), owner: owner, on: provider)
                    await provider.shutdown()
                    return ran
                } catch {
                    await provider.shutdown()
                    throw error
                }
            }
            #expect(!isKept(try await once()))
            #expect(isKept(try await once()))

            let names = try FileManager.default.contentsOfDirectory(atPath: kept)
            #expect(names.count == 1)
            let file = URL(fileURLWithPath: kept + "/" + (try #require(names.first)))
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: file)
            let again = try await once()
            #expect(!isKept(again))
            #expect(again.stdout == "1")
            #expect(isKept(try await once()))
        }

        private static func prints(_ text: String) -> String {
            "#include <stdio.h>\nint main(void) { printf(\"\(text)\"); return 0; }"
        }
    }
}
