import Events
import Testing

@testable import Executor

extension Sandboxes {
    @Suite struct Bash {
        @Test func `prints, takes arguments and keeps its exit code`() async throws {
            let ran = try await run(.bash, "echo \"hi $1 $2\"; echo oops >&2; exit 3", arguments: ["a b", "ü"])
            #expect(ran.stdout == "hi a b ü\n")
            #expect(ran.stderr == "oops\n")
            #expect(ran.outcome.termination == .exited)
            #expect(ran.outcome.exitCode == 3)
        }

        @Test func `has the promised tools`() async throws {
            let ran = try await run(
                .bash,
                """
                for t in python3 jq sha256sum base64 grep sed awk find tar unzip ls cat sort; do
                  command -v $t >/dev/null || echo "no $t"
                done
                """)
            #expect(ran.stdout == "")
        }

        @Test func `python3 is that of the environment`() async throws {
            guard let pythonRoot else { return }
            let ran = try await run(.bash, "python3 -c 'import sys, numpy; print(sys.prefix)'")
            #expect(ran.stdout == pythonRoot + "\n")
        }

        @Test func `the cold interpreter finds a ready font cache`() async throws {
            guard pythonRoot != nil else { return }
            let ran = try await run(
                .bash, "python3 -c 'import matplotlib.pyplot as p; p.plot([1]); p.savefig(\"a.png\")'; ls -A ~")
            #expect(ran.stderr == "")
            #expect(ran.files.created.map(\.path) == ["a.png"])
        }

        @Test func `messages are in English and text is UTF-8`() async throws {
            let ran = try await run(.bash, "cat nowhere; locale charmap; x=äö; echo ${#x}")
            #expect(ran.stderr == "cat: nowhere: No such file or directory\n")
            #expect(ran.stdout == "UTF-8\n2\n")
        }

        @Test func `sources files of the working directory and writes there`() async throws {
            let input = SandboxInput(path: "lib.sh", bytes: Array("greet() { echo hello $1; }".utf8))
            let ran = try await run(.bash, ". ./lib.sh; greet you | tee out.txt; pwd", inputs: [input])
            #expect(ran.stdout == "hello you\n/mnt/data\n")
            #expect(ran.text("out.txt") == "hello you\n")
        }

        @Test func `reports the signal that killed it`() async throws {
            let ran = try await run(.bash, "kill -SEGV $$")
            #expect(ran.outcome.termination == .signal)
            #expect(ran.outcome.signal == "SIGSEGV")
            #expect(ran.outcome.exitCode == 139)
        }

        @Test func `kill -9 of itself is seen as a signal`() async throws {
            let ran = try await run(.bash, "kill -9 $$")
            #expect(ran.outcome.signal == "SIGKILL")
            #expect(ran.outcome.exitCode == 137)
        }

        @Test func `standard input is empty`() async throws {
            let ran = try await run(.bash, "cat; read x; echo done")
            #expect(ran.stdout == "done\n")
        }

        @Test func `output can be written by name`() async throws {
            let ran = try await run(.bash, "echo a > /dev/stdout; echo b > /dev/stderr; echo c | tee /dev/fd/1")
            #expect(ran.stdout == "a\nc\nc\n")
            #expect(ran.stderr == "b\n")
        }

        @Test func `an argument that is too long is an error of the program`() async throws {
            let ran = try await run(.bash, "true", arguments: [String(repeating: "x", count: 300_000)])
            #expect(ran.outcome.exitCode == 126)
            #expect(ran.stderr.contains("Argument list too long"))
        }
    }

    @Suite(.enabled(if: pythonRoot != nil)) struct Python {
        @Test func `prints, takes arguments and keeps its exit code`() async throws {
            let ran = try await run(
                .python, "import sys\nprint('hi', sys.argv[1:])\nprint('oops', file=sys.stderr)\nsys.exit(3)",
                arguments: ["a b", "ü"])
            #expect(ran.stdout == "hi ['a b', 'ü']\n")
            #expect(ran.stderr == "oops\n")
            #expect(ran.outcome.termination == .exited)
            #expect(ran.outcome.exitCode == 3)
        }

        @Test func `an unhandled exception shows the user's frames only`() async throws {
            let ran = try await run(.python, "def f():\n    raise ValueError('no')\n\nf()")
            #expect(
                ran.stderr == """
                    Traceback (most recent call last):
                      File "main.py", line 4, in <module>
                        f()
                      File "main.py", line 2, in f
                        raise ValueError('no')
                    ValueError: no

                    """)
            #expect(ran.outcome.exitCode == 1)
        }

        @Test func `a syntax error shows the line`() async throws {
            let ran = try await run(.python, "x = 1\nif x\n")
            #expect(ran.stderr.contains("File \"main.py\", line 2\n    if x\n"))
            #expect(ran.stderr.hasSuffix("SyntaxError: expected ':'\n"))
            #expect(ran.outcome.exitCode == 1)
        }

        @Test(arguments: [
            ("raise SystemExit", 0), ("raise SystemExit('bye')", 1), ("import os; os._exit(7)", 7), ("exit(258)", 2),
            ("import sys; sys.exit(-1)", 255), ("raise KeyboardInterrupt", 130),
            ("import os; os.abort()", 134), ("import atexit; atexit.register(print, 'x')", 0),
        ])
        func `exit codes are Python's`(code: String, expected: Int) async throws {
            #expect(try await run(.python, code).outcome.exitCode == expected)
        }

        @Test func `imports and files of the working directory work`() async throws {
            let inputs = [
                SandboxInput(path: "helper.py", bytes: Array("def two(): return 2".utf8)),
                SandboxInput(path: "pack/__init__.py", bytes: Array("three = 3".utf8)),
                SandboxInput(path: "in.txt", bytes: Array("text".utf8)),
            ]
            let code = """
                import os, helper, pack
                print(helper.two(), pack.three, open('in.txt').read(), os.getcwd(), os.path.dirname(__file__))
                open('sub.txt', 'w').write('never closed')
                f = open('kept.txt', 'w'); f.write('open until the end')
                """
            let ran = try await run(.python, code, inputs: inputs)
            #expect(ran.stdout == "2 3 text /mnt/data /mnt/data\n")
            #expect(ran.text("kept.txt") == "open until the end")
            #expect(ran.text("sub.txt") == "never closed")
        }

        @Test func `the stack for data works`() async throws {
            let code = """
                import numpy as np, pandas as pd, matplotlib.pyplot as plt
                df = pd.DataFrame({'a': np.arange(3)})
                print(df['a'].sum(), (np.ones((50, 50)) @ np.ones((50, 50))).sum())
                df.plot(); plt.savefig('plot.png'); df.to_csv('t.csv'); df.to_excel('t.xlsx')
                """
            let ran = try await run(.python, code)
            #expect(ran.stdout == "3 125000.0\n")
            #expect(ran.stderr == "")
            #expect(ran.files.created.map(\.path) == ["plot.png", "t.csv", "t.xlsx"])
            #expect(ran.contents["plot.png"]?.prefix(4) == [0x89, 0x50, 0x4e, 0x47])
        }

        @Test func `two copies of the template draw different numbers`() async throws {
            let code = """
                import random, uuid, numpy, os, tempfile, secrets
                print(random.random(), numpy.random.rand(), uuid.uuid4(), uuid.uuid1(), secrets.token_hex(4),
                      tempfile.mktemp())
                """
            let one = try await run(.python, code).stdout.split(separator: " ")
            let two = try await run(.python, code).stdout.split(separator: " ")
            #expect(one.count == 6)
            #expect(Set(one).isDisjoint(with: two))
        }

        @Test func `threads, processes and exit handlers end as in any Python`() async throws {
            let code = """
                import atexit, subprocess, sys, threading, time, multiprocessing
                from concurrent.futures import ProcessPoolExecutor
                def late(): threading.main_thread().join(); print('thread')
                atexit.register(print, 'atexit')
                threading.Thread(target=late).start()
                def square(x): return x * x
                with ProcessPoolExecutor(2) as pool: print(list(pool.map(square, [1, 2, 3])))
                print(subprocess.run([sys.executable, '-c', 'print(6*7)'], capture_output=True, text=True).stdout.strip())
                print('main')
                """
            let ran = try await run(.python, code)
            #expect(ran.stdout == "[1, 4, 9]\n42\nmain\nthread\natexit\n")
            #expect(ran.stderr == "")
            #expect(ran.outcome.exitCode == 0)
        }

        @Test func `asyncio runs`() async throws {
            let ran = try await run(
                .python, "import asyncio\nasync def f():\n  await asyncio.sleep(0)\n  return 5\nprint(asyncio.run(f()))"
            )
            #expect(ran.stdout == "5\n")
        }

        @Test func `the end of input is an error of the program`() async throws {
            let ran = try await run(.python, "input()")
            #expect(ran.stderr.hasSuffix("EOFError: EOF when reading a line\n"))
        }

        @Test func `output before the limit is kept`() async throws {
            let ran = try await run(.python, "print('so far')\nwhile True: pass", timeLimit: .seconds(1))
            #expect(ran.stdout == "so far\n")
            #expect(ran.outcome.termination == .timeLimit)
        }

        @Test func `code of any bytes is taken as Python takes it`() async throws {
            let ran = try await run(
                .python, "\u{feff}# -*- coding: utf-8 -*-\nprint('日本', '\\ud800'.encode('utf-8', 'replace'))")
            #expect(ran.stdout == "日本 b'?'\n")
        }

        @Test func `a big program arrives whole`() async throws {
            let ran = try await run(.python, "x = '" + String(repeating: "y", count: 5_000_000) + "'\nprint(len(x))")
            #expect(ran.stdout == "5000000\n")
        }
    }

    @Suite struct JavaScript {
        @Test func `prints, takes arguments and keeps its exit code`() async throws {
            let ran = try await run(
                .javaScript, "console.log('hi', process.argv.slice(2)); console.error('oops'); process.exitCode = 3",
                arguments: ["a b", "ü"])
            #expect(ran.stdout == "hi [ 'a b', 'ü' ]\n")
            #expect(ran.stderr == "oops\n")
            #expect(ran.outcome.exitCode == 3)
        }

        @Test func `requires files of the working directory`() async throws {
            let input = SandboxInput(path: "lib/two.js", bytes: Array("module.exports = 2".utf8))
            let code = """
                const two = require('./lib/two'); const fs = require('fs');
                fs.writeFileSync('out.txt', String(two)); console.log(two, __dirname, require.main === module)
                """
            let ran = try await run(.javaScript, code, inputs: [input])
            #expect(ran.stdout == "2 /mnt/data true\n")
            #expect(ran.text("out.txt") == "2")
        }

        @Test func `is an ES module when it imports or exports`() async throws {
            let input = SandboxInput(path: "two.mjs", bytes: Array("export default 2".utf8))
            let code = "import two from './two.mjs'; import fs from 'fs'; console.log(two, await Promise.resolve(1))"
            let ran = try await run(.javaScript, code, inputs: [input])
            #expect(ran.stdout == "2 1\n")
            #expect(ran.files.created.map(\.path) == ["two.mjs"])
        }

        @Test func `an unhandled error shows the user's frames`() async throws {
            let ran = try await run(.javaScript, "function f() { throw new Error('no'); }\nf();")
            #expect(ran.outcome.exitCode == 1)
            #expect(ran.stderr.contains("/mnt/data/main.js:1\nfunction f() { throw new Error('no'); }"))
            #expect(ran.stderr.contains("at f (/mnt/data/main.js:1:22)"))
            #expect(!ran.stderr.contains("driver"))
        }

        @Test func `an unhandled error of a module is one, too`() async throws {
            let ran = try await run(.javaScript, "import fs from 'fs';\nthrow new Error('no');")
            #expect(ran.outcome.exitCode == 1)
            #expect(ran.stderr.contains("Error: no"))
            #expect(!ran.stderr.contains("driver"))
        }

        @Test func `a syntax error is one`() async throws {
            let ran = try await run(.javaScript, "let let = 1")
            #expect(ran.outcome.exitCode == 1)
            #expect(ran.stderr.contains("SyntaxError"))
        }

        @Test func `timers and promises are waited for`() async throws {
            let ran = try await run(
                .javaScript, "setTimeout(() => console.log('late'), 100); (async () => console.log('soon'))()")
            #expect(ran.stdout == "soon\nlate\n")
        }
    }

    @Suite struct C {
        @Test func `prints, takes arguments and keeps its exit code`() async throws {
            let code = """
                #include <stdio.h>
                #include <math.h>
                #include "two.h"
                int main(int argc, char **argv) {
                    printf("hi %s %s %d %.0f\\n", argv[1], argv[2], TWO, sqrt(argc * 3.0));
                    fprintf(stderr, "oops\\n");
                    FILE *f = fopen("out.txt", "w"); fputs("text", f); fclose(f);
                    return 3;
                }
                """
            let input = SandboxInput(path: "two.h", bytes: Array("#define TWO 2\n".utf8))
            let ran = try await run(.c, code, arguments: ["a b", "ü"], inputs: [input])
            #expect(ran.stdout == "hi a b ü 2 3\n")
            #expect(ran.stderr == "oops\n")
            #expect(ran.outcome.exitCode == 3)
            #expect(ran.text("out.txt") == "text")
            #expect(ran.outcome.compileDuration != nil)
        }

        @Test func `what does not compile is a compile error`() async throws {
            let ran = try await run(.c, "int main(void) { return x; }")
            #expect(ran.outcome.termination == .compileError)
            #expect(ran.outcome.exitCode == 1)
            #expect(ran.stderr.contains("‘x’ undeclared"))
        }

        @Test func `a crash is a signal`() async throws {
            let ran = try await run(.c, "int main(void) { int *volatile p = 0; return *p; }")
            #expect(ran.outcome.signal == "SIGSEGV")
            #expect(ran.outcome.exitCode == 139)
        }

        @Test func `warnings of a good program are not shown`() async throws {
            let ran = try await run(.c, "#warning look\nint main(void) { return 0; }")
            #expect(ran.stderr == "")
            #expect(ran.outcome.exitCode == 0)
        }

        @Test func `a compiler that does not end meets its own limit`() async throws {
            // A pipe that nothing comes out of: the compiler waits.
            let ran = try await run(.c, "#include \"/dev/stderr\"", compileLimit: .seconds(1))
            #expect(ran.outcome.termination == .compileTimeLimit)
            #expect(ran.outcome.exitCode == 124)
        }
    }
}
