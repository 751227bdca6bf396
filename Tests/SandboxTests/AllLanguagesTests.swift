import Events
import Testing

@testable import Executor

extension Sandboxes {
    /// Compilers and large runtimes take a processor each: one test at a time, or they and the tests beside them meet
    /// limits that are not theirs.
    @Suite(.serialized) enum Toolchains {}
}

extension Sandboxes.Toolchains {
    /// What every language must do alike. Toolchains come with `just languages`; without one these fail.
    @Suite struct AllLanguages {
        @Test(arguments: LanguageSample.all)
        func `prints, takes arguments, uses a neighbour and keeps its exit code`(sample: LanguageSample) async throws {
            let ran = try await run(
                sample.language, sample.program, arguments: ["a b", "ü"], inputs: [sample.input])
            #expect(ran.stdout == "hi a b ü 42\n")
            #expect(ran.stderr == "oops\n")
            #expect(ran.outcome.termination == .exited)
            #expect(ran.outcome.exitCode == 3)
            #expect(ran.text("out.txt") == "text")
            #expect(Set(ran.files.created.map(\.path)) == [sample.neighbour.path, "out.txt"])
            #expect((ran.outcome.compileDuration != nil) == sample.isCompiled)
            #expect(ran.outcome.toolchain?.contains(".") == true)
        }

        @Test(arguments: LanguageSample.all)
        func `says what is wrong with a broken program`(sample: LanguageSample) async throws {
            let ran = try await run(sample.language, sample.broken)
            #expect(ran.outcome.termination == (sample.isCompiled ? .compileError : .exited))
            #expect(ran.outcome.exitCode != 0)
            #expect(ran.stdout == "" )
            #expect(ran.stderr.contains(sample.complaint), "\(ran.stderr)")
        }

        @Test(arguments: LanguageSample.all)
        func `what was printed before the time limit is kept`(sample: LanguageSample) async throws {
            // Long enough for a Java machine to start on a busy host.
            let ran = try await run(sample.language, sample.endless, timeLimit: .seconds(3))
            #expect(ran.stdout == "so far\n")
            #expect(ran.outcome.termination == .timeLimit)
            #expect(ran.outcome.exitCode == 124)
        }

        @Test(arguments: [
            (
                Language.java,
                """
                import java.util.*;
                class Code { public static void main(String[] a) {
                    List<long[]> held = new ArrayList<>(); while (true) held.add(new long[1 << 17]); } }
                """
            ),
            (.java, "class Code { public static void main(String[] a) { System.out.println(new long[1 << 28].length); } }"),
            (.typeScript, "const held: string[][] = []; for (;;) held.push(new Array(1 << 17).fill('x'))"),
            (.go, "package main\nvar held [][]byte\nfunc main() { for { b := make([]byte, 1<<20); for i := range b { b[i] = 1 }; held = append(held, b) } }"),
            (.r, "held <- list(); repeat held[[length(held) + 1]] <- runif(1e6)"),
            (.php, "<?php $held = []; while (true) $held[] = str_repeat('x', 1 << 20);"),
            (.rust, "fn main() { let mut held = Vec::new(); loop { held.push(vec![1u8; 1 << 20]) } }"),
        ])
        func `memory beyond the limit is the memory limit`(language: Language, code: String) async throws {
            let ran = try await run(language, code)
            #expect(ran.outcome.termination == .memoryLimit, "\(ran.outcome.termination) \(ran.stderr.suffix(500))")
            #expect(ran.outcome.exitCode == 137)
        }

        @Test(arguments: [
            (Language.java, "class Code { public static void main(String[] a) { long n = 0; for (int i = 0; i < 400; i++) n += new byte[1 << 20].length; System.out.println(n); } }"),
            (.go, "package main\nimport \"fmt\"\nfunc main() { n := 0; for i := 0; i < 400; i++ { b := make([]byte, 1<<20); b[i] = 1; n += len(b) }; fmt.Println(n) }"),
            (.typeScript, "let n = 0; for (let i = 0; i < 800; i++) n += new Array(1 << 17).fill(i).length; console.log(n * 4)"),
        ])
        func `garbage does not count as memory`(language: Language, code: String) async throws {
            let ran = try await run(language, code)
            #expect(ran.stdout == "419430400\n", "\(ran.outcome.termination) \(ran.stderr.suffix(500))")
        }
    }

    @Suite struct TypeScript {
        @Test func `types are not checked`() async throws {
            let ran = try await run(.typeScript, "const x: number = 'text'; console.log(x)")
            #expect(ran.stdout == "text\n")
        }

        @Test func `is CommonJS as JavaScript is`() async throws {
            let input = SandboxInput(path: "two.js", bytes: Array("module.exports = 2".utf8))
            let ran = try await run(
                .typeScript, "const two = require('./two'); console.log(two, __dirname, require.main === module)",
                inputs: [input])
            #expect(ran.stdout == "2 /mnt/data true\n", "\(ran.stderr)")
        }

        @Test func `may wait at its top level`() async throws {
            let ran = try await run(
                .typeScript, "import fs from 'fs';\nconst x: number = await Promise.resolve(5);\nconsole.log(x, typeof fs.readFileSync, typeof require('os').cpus)")
            #expect(ran.stdout == "5 function function\n", "\(ran.stderr)")
            #expect(ran.files.created.isEmpty)
        }

        @Test func `an error names the line of the source`() async throws {
            let ran = try await run(.typeScript, "interface A { x: number }\n\nfunction f(a: A): void { throw new Error('no') }\nf({ x: 1 })")
            #expect(ran.outcome.termination == .exited)
            #expect(ran.outcome.exitCode == 1)
            #expect(ran.stderr.contains("main.ts:3:"), "\(ran.stderr)")
            #expect(!ran.stderr.contains("driver"))
        }

        @Test func `enums, decorators, generics and namespaces run`() async throws {
            let code = """
                enum Colour { Red = 'red' }
                namespace Shapes { export class Box<T> { constructor(public value: T) {} } }
                const box = new Shapes.Box<Colour>(Colour.Red) satisfies object;
                console.log(box.value!, (<any>box).missing?.deep ?? 'none');
                """
            let ran = try await run(.typeScript, code)
            #expect(ran.stdout == "red none\n", "\(ran.stderr)")
        }
    }

    @Suite struct MoreOfLanguages {
        @Test func `R draws without a screen`() async throws {
            let ran = try await run(.r, "png('p.png'); plot(1:3); invisible(dev.off()); svg('p.svg'); plot(1:3); invisible(dev.off())")
            #expect(ran.stderr == "")
            #expect(ran.files.created.map(\.path) == ["p.png", "p.svg"])
            #expect(ran.contents["p.png"]?.prefix(4) == [0x89, 0x50, 0x4e, 0x47])
        }

        @Test func `a PHP program does not find its own file in the working directory`() async throws {
            let ran = try await run(.php, "<?php print_r(array_diff(scandir(__DIR__), ['.', '..'])); echo basename(__FILE__), PHP_EOL;")
            #expect(ran.stdout == "Array\n(\n)\n.main.php\n")
            #expect(ran.files.created.isEmpty)
        }

        @Test func `Go imports packages of the working directory`() async throws {
            let input = SandboxInput(path: "answer/a.go", bytes: Array("package answer\n\nconst Value = 42\n".utf8))
            let ran = try await run(
                .go, "package main\nimport \"fmt\"\nimport \"./answer\"\nfunc main() { fmt.Println(answer.Value) }",
                inputs: [input])
            #expect(ran.stdout == "42\n", "\(ran.stderr)")
        }

        @Test func `Go modules work, too`() async throws {
            let inputs = [
                SandboxInput(path: "go.mod", bytes: Array("module example.org/x\n\ngo 1.18\n".utf8)),
                SandboxInput(path: "answer/a.go", bytes: Array("package answer\n\nconst Value = 42\n".utf8)),
            ]
            let ran = try await run(
                .go, "package main\nimport (\n\"fmt\"\n\"example.org/x/answer\"\n)\nfunc main() { fmt.Println(answer.Value) }",
                inputs: inputs)
            #expect(ran.stdout == "42\n", "\(ran.stderr)")
        }

        @Test func `a Java program may be any class of any package`() async throws {
            let code = """
                package org.example;
                class Helper { int two() { return 2; } }
                interface Named { default String name() { return getClass().getName(); } }
                class Start implements Named {
                    public static void main(String... given) {
                        System.out.println(new Start().name() + new Helper().two() + new Object() { int x = 3; }.x);
                    }
                }
                """
            #expect(try await run(.java, code).stdout == "org.example.Start23\n")
        }

        @Test func `Java has the libraries of the system`() async throws {
            guard Toolchain.javaLibraries.contains(where: { $0.contains("gson") }) else {
                Issue.record("no libraries: run just languages")
                return
            }
            let ran = try await run(
                .java, "import com.google.gson.*;\npublic class G { public static void main(String[] a) { System.out.println(new Gson().toJson(new int[] {1, 2})); } }")
            #expect(ran.stdout == "[1,2]\n", "\(ran.stderr)")
        }

        @Test func `a panic of Rust and of Go names the line`() async throws {
            let rust = try await run(.rust, "fn main() {\n    let v: Vec<i32> = vec![]; println!(\"{}\", v[1]);\n}")
            #expect(rust.stderr.contains("main.rs:2:"), "\(rust.stderr)")
            #expect(rust.outcome.exitCode == 101)
            let go = try await run(.go, "package main\nfunc main() {\n\tvar m map[string]int\n\tm[\"a\"] = 1\n}")
            #expect(go.stderr.contains("main.go:4"), "\(go.stderr)")
            #expect(go.outcome.exitCode == 2)
        }

        @Test func `Rust includes files of the working directory`() async throws {
            let input = SandboxInput(path: "in.txt", bytes: Array("included".utf8))
            let ran = try await run(.rust, "fn main() { println!(\"{}\", include_str!(\"in.txt\")); }", inputs: [input])
            #expect(ran.stdout == "included\n", "\(ran.stderr)")
        }
    }
}
