import Events
import Testing

@testable import Executor

extension Sandboxes {
    @Suite struct PythonState {
        /// Runs a program that begins with a state.
        private func run(
            _ code: String, from blob: [UInt8]? = nil, limit: Int = 50 << 20, capturesFailures: Bool = false,
            timeLimit: Duration = .seconds(30)
        ) async throws -> RunOutcome {
            let provider = try #require(SharedProvider.current)
            let program = Program(
                language: .python, code: Array(code.utf8), timeLimit: timeLimit,
                state: ProgramState(blob: blob, limit: limit, capturesFailures: capturesFailures))
            return try await provider.withSandbox(for: .python) { sandbox in
                try await sandbox.run(program, onOutput: { _, _ in })
            }
        }

        /// Runs one program after the other, each from what the one before left; every one must succeed.
        private func runInTurn(_ programs: String...) async throws {
            var blob: [UInt8]?
            for program in programs {
                let outcome = try await run(program, from: blob)
                #expect(outcome.exitCode == 0, "\(String(decoding: outcome.stderr.bytes, as: UTF8.self))")
                #expect(outcome.state?.isRestored == true)
                blob = try #require(outcome.state).blob ?? blob
            }
        }

        @Test func `plain values come back, and what two names share stays shared`() async throws {
            try await runInTurn(
                "x = [1, 2]\ny = {'x': x}\ns = {1, 2}\nt = (x, b'bytes')",
                "x.append(3)\nassert y['x'] is x and t[0] is x and s == {1, 2}", "assert y['x'] == [1, 2, 3]")
        }

        @Test func `functions see the globals of the program they come back to`() async throws {
            try await runInTurn(
                """
                rate = 2
                _hidden = 5
                def _helper(): return _hidden
                def price(x): return x * rate + _helper()
                def fact(n): return 1 if n < 2 else n * fact(n - 1)
                twice = lambda x: price(x) * 2
                """,
                "assert price(1) == 7 and fact(5) == 120\nrate = 10\nassert price(1) == 15 and twice(1) == 30",
                "assert price.__globals__ is globals() and price(1) == 15\ndef _helper(): return 0\nassert price(1) == 10")
        }

        @Test func `classes, closures, enums, dataclasses and caches come back`() async throws {
            try await runInTurn(
                """
                import enum, functools
                from dataclasses import dataclass
                limit = 3
                @dataclass
                class Point:
                    x: int
                    def far(self): return self.x > limit
                class Named(Point):
                    def far(self): return not super().far()
                class Color(enum.Enum): RED = 1
                @functools.lru_cache(maxsize=None)
                def slow(n): return n + limit
                def counter():
                    count = 0
                    def up():
                        nonlocal count
                        count += 1
                        return count
                    return up
                up, p, n, red = counter(), Point(4), Named(4), Color.RED
                up()
                """,
                """
                assert p.far() and not n.far() and isinstance(n, Point) and red is Color.RED
                limit = 9
                assert not p.far() and n.far() and slow(1) == 10 and up() == 2
                """,
                "assert up() == 3 and isinstance(p, Point) and Point(1) == Point(1)")
        }

        @Test func `modules are imported again under the names they had`() async throws {
            try await runInTurn(
                "import numpy as np, os.path, xml.dom.minidom\nfrom math import sqrt as root, pi",
                "assert np.ones(2).sum() == 2 and root(4) == 2 and pi > 3 and os.path.sep and xml.dom.minidom.Node")
        }

        @Test func `arrays, frames and figures come back`() async throws {
            try await runInTurn(
                """
                import numpy as np, pandas as pd, matplotlib.pyplot as plt
                a = np.arange(100_000.)
                frame = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})
                figure, axes = plt.subplots()
                axes.plot([1, 2])
                """,
                """
                assert a.sum() == 4999950000 and list(frame.b) == ['x', 'y'] and axes.figure is figure
                axes.set_title('later')
                figure.savefig('figure.png')
                """)
        }

        @Test func `what cannot be kept is named and costs nothing else`() async throws {
            let outcome = try await run(
                """
                import threading, socket
                a = 1
                lock = threading.Lock()
                inside = [lock]
                log = open('/dev/null')
                peer = socket.socket()
                lazy = (n for n in [1])
                def uses(): return log
                """)
            let state = try #require(outcome.state)
            #expect(
                state.errors.map { $0.prefix { $0 != ":" } }.sorted() == ["inside", "lazy", "lock", "log", "peer"])
            let next = try await run(
                """
                assert a == 1 and 'log' not in globals()
                try: uses()
                except NameError as error: print(error)
                """, from: state.blob)
            #expect(String(decoding: next.stdout.bytes, as: UTF8.self) == "name 'log' is not defined\n")
        }

        @Test func `private names and deleted ones do not come back`() async throws {
            try await runInTurn(
                "_p = 1\n__q = 2\nx = y = 3", "assert '_p' not in globals() and '__q' not in globals()\ndel x",
                "assert y == 3 and 'x' not in globals()\ndel y", "assert not [n for n in globals() if n[0] != '_']")
        }

        @Test func `a program without variables leaves no state`() async throws {
            let outcome = try await run("print(1)")
            #expect(outcome.state == CapturedState(isRestored: true, isReported: true))
        }

        @Test func `an exit with zero saves, a failure only when asked`() async throws {
            #expect(try await run("x = 1\nimport sys; sys.exit(0)").state?.blob != nil)
            #expect(try await run("x = 1\nraise ValueError").state?.blob == nil)
            #expect(try await run("x = 1\nimport sys; sys.exit(3)").state?.blob == nil)
            #expect(try await run("x = 1\nraise ValueError", capturesFailures: true).state?.blob != nil)
        }

        @Test func `names that threads and exit handlers set are saved`() async throws {
            try await runInTurn(
                """
                import atexit, threading, time
                def late():
                    global a
                    time.sleep(0.05)
                    a = 1
                def at_exit():
                    global b
                    b = 2
                threading.Thread(target=late).start()
                atexit.register(at_exit)
                if __name__ == '__main__': main = True
                """, "assert (a, b, main) == (1, 2, True)")
        }

        @Test func `a copy of the process has no say`() async throws {
            let outcome = try await run("import os\nx = 'parent'\nif os.fork() == 0: x = 'child'\nelse: os.wait()")
            let blob = try #require(outcome.state?.blob)
            let next = try await run("print(x)", from: blob)
            #expect(String(decoding: next.stdout.bytes, as: UTF8.self) == "parent\n")
        }

        @Test func `a large state is compressed, one that is too large is refused with a line`() async throws {
            let large = try await run("x = 'a' * 5_000_000")
            let blob = try #require(large.state?.blob)
            #expect(blob.first == 2 && blob.count < 500_000)
            #expect(try await run("assert len(x) == 5_000_000", from: blob).exitCode == 0)

            let outcome = try await run("import os\nx = os.urandom(3 << 20)", limit: 1 << 20)
            #expect(outcome.exitCode == 0)
            #expect(outcome.state?.blob == nil)
            #expect(outcome.state?.errors == ["state: not saved: larger than 1 MB"])
            #expect(
                String(decoding: outcome.stderr.bytes, as: UTF8.self) == "Python state not saved: larger than 1 MB\n")
        }

        @Test(arguments: [[1, 0], [2, 0], [1] + Array("cos\nnothing\n.".utf8), [1, 0x4b, 1, 0x2e], [7, 7]])
        func `bytes that are no state begin clean and say so`(_ blob: [UInt8]) async throws {
            let outcome = try await run("print('ran')", from: blob)
            #expect(outcome.exitCode == 0)
            #expect(String(decoding: outcome.stdout.bytes, as: UTF8.self) == "ran\n")
            #expect(outcome.state?.errors.first?.hasPrefix("state: not restored") == true)
        }

        @Test func `a state whose loading ends the process is a failure`() async throws {
            // os._exit(0)
            let blob = [1] + Array("cos\n_exit\n(I0\ntR.".utf8)
            let outcome = try await run("print('never')", from: blob)
            #expect(outcome.exitCode == 1)
            #expect(outcome.state?.isRestored == false)
            #expect(outcome.stdout.bytes.isEmpty)
        }

        @Test func `loading counts in the time limit`() async throws {
            let blob = [1] + Array("ctime\nsleep\n(I60\ntR.".utf8)
            let outcome = try await run("print('never')", from: blob, timeLimit: .seconds(1))
            #expect(outcome.termination == .timeLimit)
            #expect(outcome.state?.blob == nil)
        }

        @Test func `a value that never ends being pickled meets the time limit`() async throws {
            let outcome = try await run(
                "class C:\n  def __reduce__(self):\n    while True: pass\nx = C()", timeLimit: .seconds(1))
            #expect(outcome.termination == .timeLimit)
            #expect(outcome.state?.blob == nil)
        }

        @Test func `a program that leaves without its interpreter's end reports nothing`() async throws {
            let outcome = try await run("import os\nx = 1\nos._exit(0)")
            #expect(outcome.exitCode == 0)
            #expect(outcome.state == CapturedState(isRestored: true, isReported: false))
        }

        @Test func `a program that closed every descriptor writes nothing into what took their place`() async throws {
            let outcome = try await run(
                "import os\nx = 1\nos.closerange(3, 100)\nkept = [os.open('f%d' % n, os.O_CREAT | os.O_RDWR) for n in range(9)]"
                    + "\nimport atexit\natexit.register(lambda: None)")
            #expect(outcome.exitCode == 0)
            #expect(outcome.state?.isReported == false)
        }
    }
}
