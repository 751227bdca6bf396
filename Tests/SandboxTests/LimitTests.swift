import Events
import Synchronization
import Testing

@testable import Executor

extension Sandboxes {
    @Suite struct Limits {
        @Test func `a program that does not end is ended, with its output`() async throws {
            let ran = try await run(.bash, "echo begun; echo x > f; sleep 1000", timeLimit: .seconds(1))
            #expect(ran.outcome.termination == .timeLimit)
            #expect(ran.outcome.exitCode == 124)
            #expect(ran.outcome.signal == nil)
            #expect(ran.stdout == "begun\n")
            #expect(ran.text("f") == "x\n")
        }

        @Test func `a program that ignores signals is ended, too`() async throws {
            let ran = try await run(.bash, "trap '' TERM INT HUP QUIT; while :; do :; done", timeLimit: .seconds(1))
            #expect(ran.outcome.termination == .timeLimit)
        }

        @Test func `processor time is counted`() async throws {
            let ran = try await run(.bash, "for ((i = 0; i < 200000; i++)); do :; done")
            #expect(ran.outcome.usage.processorTime > .milliseconds(20))
            #expect(ran.outcome.usage.memoryPeakBytes > 100_000)
        }

        @Test(.enabled(if: pythonRoot != nil)) func `memory over the limit ends the program`() async throws {
            let ran = try await run(.python, "print('begun')\nx = []\nwhile True: x.append(bytearray(1 << 20))")
            #expect(ran.outcome.termination == .memoryLimit)
            #expect(ran.outcome.exitCode == 137)
            #expect(ran.stdout == "begun\n")
        }

        @Test func `memory over the limit is one in C, too`() async throws {
            let code = """
                #include <stdlib.h>
                #include <string.h>
                int main(void) { for (;;) memset(malloc(1 << 20), 1, 1 << 20); }
                """
            let ran = try await run(.c, code)
            #expect(ran.outcome.termination == .memoryLimit)
            #expect(ran.outcome.exitCode == 137)
        }

        @Test func `memory that is not one process's own has a wall as well`() async throws {
            // Shared anonymous memory counts as files; only the sum of both allowances bounds it.
            let code = """
                #include <string.h>
                #include <sys/mman.h>
                int main(void) {
                    char *p = mmap(0, 1ul << 30, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
                    memset(p, 1, 1ul << 30);
                    return 0;
                }
                """
            let ran = try await run(.c, code)
            #expect(ran.outcome.termination == .memoryLimit)
            #expect(ran.outcome.exitCode == 137)
            #expect(ran.outcome.counters.memoryKills > 0)
        }

        @Test func `a killed child leaves the verdict to its parent`() async throws {
            let hog = """
                cat > /tmp/h.c <<'C'
                #include <string.h>
                #include <sys/mman.h>
                int main(void) {
                    char *p = mmap(0, 1ul << 30, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
                    memset(p, 1, 1ul << 30);
                    return 0;
                }
                C
                gcc -o /tmp/h /tmp/h.c && /tmp/h
                """
            let fine = try await run(.bash, hog + "\necho status $?; exit 0")
            #expect(fine.stdout == "status 137\n")
            #expect(fine.outcome.termination == .exited)
            #expect(fine.outcome.exitCode == 0)
            #expect(fine.outcome.counters.memoryKills == 1)
            let failed = try await run(.bash, hog + "\nexit 9")
            #expect(failed.outcome.termination == .memoryLimit)
            #expect(failed.outcome.exitCode == 9)
        }

        @Test func `a full disk is an error of the program`() async throws {
            let ran = try await run(.bash, "head -c 100M /dev/zero > f; echo $?; ls -s f | wc -l")
            #expect(ran.stderr.contains("No space left on device"))
            #expect(ran.outcome.termination == .exited)
            #expect(ran.outcome.counters.diskFull)
        }

        @Test func `working directory and scratch share the disk`() async throws {
            let ran = try await run(
                .bash, "head -c 40M /dev/zero > /tmp/f && head -c 40M /dev/zero > f; head -c 40M /dev/zero > /dev/shm/f"
            )
            #expect(ran.stderr.split(separator: "\n").count == 2)
        }

        @Test func `too many files are an error of the program`() async throws {
            let ran = try await run(.bash, "for i in $(seq 6000); do : > $i || exit 5; done", timeLimit: .seconds(60))
            #expect(ran.outcome.exitCode == 5)
            #expect(ran.stderr.contains("No space left on device"))
        }

        @Test func `a fork bomb hurts itself only`() async throws {
            let ran = try await run(.bash, "bomb() { bomb | bomb & }; bomb; sleep 1000", timeLimit: .seconds(2))
            #expect(ran.outcome.counters.processLimitHits > 0)
            #expect(try await run(.bash, "echo well").stdout == "well\n")
        }

        @Test func `too many threads are an error of the program`() async throws {
            let code = """
                const { Worker } = require('worker_threads');
                for (let i = 0; i < 100; i++) new Worker('setInterval(() => 0, 1000)', { eval: true });
                """
            let ran = try await run(.javaScript, code, timeLimit: .seconds(5))
            #expect(ran.outcome.exitCode != 0)
        }

        @Test func `more output than is kept is counted, and the program lives`() async throws {
            let ran = try await run(.bash, "head -c 5000000 /dev/zero; head -c 3000000 /dev/zero >&2; echo x > done")
            #expect(ran.outcome.exitCode == 0)
            #expect(ran.outcome.stdout.bytes.count == 1 << 20)
            #expect(ran.outcome.stdout.totalBytes == 5_000_000)
            #expect(ran.outcome.stderr.bytes.count == 1 << 20)
            #expect(ran.outcome.stderr.totalBytes == 3_000_000)
            #expect(ran.files.created.map(\.path) == ["done"])
        }

        @Test func `output is seen as it comes`() async throws {
            let seen = Mutex("")
            let ran = try await run(.bash, "for i in 1 2 3; do echo $i; sleep 0.05; done; echo e >&2") {
                stream, bytes in
                seen.withLock { $0 += "\(stream.rawValue):" + String(decoding: bytes, as: UTF8.self) }
            }
            #expect(ran.stdout == "1\n2\n3\n")
            #expect(seen.withLock { $0 } == "stdout:1\nstdout:2\nstdout:3\nstderr:e\n")
        }

        @Test func `open files are limited`() async throws {
            #expect(try await run(.bash, "ulimit -n; ulimit -Hn; ulimit -c").stdout == "1024\n1024\n0\n")
        }

        @Test func `a cancelled run ends, without exit code`() async throws {
            let provider = try #require(SharedProvider.current)
            let sandbox = try await provider.acquire(.bash)
            let outcome = try await sandbox.run(Program(language: .bash, code: Array("echo up; sleep 1000".utf8))) {
                _, _ in
                sandbox.cancel(.clientDisconnected)
                sandbox.cancel(.requested)
            }
            await sandbox.destroy()
            #expect(outcome.termination == .cancelled(.clientDisconnected))
            #expect(outcome.exitCode == nil)
            #expect(outcome.stdout.bytes == Array("up\n".utf8))
        }

        @Test func `a run cancelled before its beginning does not begin`() async throws {
            let provider = try #require(SharedProvider.current)
            let sandbox = try await provider.acquire(.bash)
            sandbox.cancel(.requested)
            let outcome = try await sandbox.run(Program(language: .bash, code: Array("echo up".utf8))) { _, _ in }
            await sandbox.destroy()
            #expect(outcome.termination == .cancelled(.requested))
        }

        @Test func `a sandbox runs once`() async throws {
            let provider = try #require(SharedProvider.current)
            let sandbox = try await provider.acquire(.bash)
            let program = Program(language: .bash, code: [])
            await #expect(throws: SandboxError.self) { try await sandbox.collect(CollectionRequest()) }
            _ = try await sandbox.run(program) { _, _ in }
            await #expect(throws: SandboxError.self) { try await sandbox.run(program) { _, _ in } }
            await sandbox.destroy()
            await #expect(throws: SandboxError.self) { try await sandbox.collect(CollectionRequest()) }
        }
    }
}
