import Events
import Testing

@testable import Executor

/// The same three programs in each language that is not tested by itself elsewhere.
struct LanguageSample: Sendable, CustomTestStringConvertible {
    let language: Language
    /// A file that `program` uses in the language's own way; it gives 42.
    let neighbour: (path: String, text: String)
    /// Prints `hi`, its two arguments and the neighbour's number, `oops` on standard error, writes `text` into
    /// `out.txt` and exits with 3.
    let program: String
    /// Does not compile, or for a script does not run; `complaint` is in what is said about it.
    let broken: String
    let complaint: String
    /// Prints a line and never ends.
    let endless: String

    var testDescription: String { language.code }
    /// Only what is compiled ahead of the run can fail to compile.
    var isCompiled: Bool { language != .php && language != .r }
    var isKept: Bool { isCompiled && language != .typeScript }
    var input: SandboxInput { SandboxInput(path: neighbour.path, bytes: Array(neighbour.text.utf8)) }

    static let all = [typeScript, go, java, cPlusPlus, php, rust, r, fortran, d]

    static let typeScript = LanguageSample(
        language: .typeScript, neighbour: ("lib/answer.ts", "export const answer: number = 42"),
        program: """
            import { answer } from './lib/answer';
            import * as fs from 'fs';
            const given: string[] = process.argv.slice(2);
            console.log('hi', given[0], given[1], answer);
            console.error('oops');
            fs.writeFileSync('out.txt', 'text');
            process.exitCode = 3;
            """,
        broken: "const x: number = ;\nconsole.log('never')", complaint: "main.ts:1:18",
        endless: "console.log('so far' as string); for (;;) {}")

    static let go = LanguageSample(
        language: .go, neighbour: ("answer.go", "package main\n\nfunc answer() int { return 42 }\n"),
        program: """
            package main
            import ("fmt"; "os")
            func main() {
                fmt.Println("hi", os.Args[1], os.Args[2], answer())
                fmt.Fprintln(os.Stderr, "oops")
                os.WriteFile("out.txt", []byte("text"), 0o644)
                os.Exit(3)
            }
            """,
        broken: "package main\nfunc main() { x := 1 }", complaint: "x declared but not used",
        endless: "package main\nimport \"fmt\"\nfunc main() { fmt.Println(\"so far\"); for {} }")

    static let java = LanguageSample(
        language: .java, neighbour: ("Answer.java", "class Answer { static final int VALUE = 42; }"),
        program: """
            import java.nio.file.*;
            public class Talker {
                public static void main(String[] given) throws Exception {
                    System.out.println("hi " + given[0] + " " + given[1] + " " + Answer.VALUE);
                    System.err.println("oops");
                    Files.writeString(Path.of("out.txt"), "text");
                    System.exit(3);
                }
            }
            """,
        broken: "class Code { public static void main(String[] a) { int x = \"s\"; } }", complaint: "incompatible types",
        endless: "class Code { public static void main(String[] a) { System.out.println(\"so far\"); while (true); } }")

    static let cPlusPlus = LanguageSample(
        language: .cPlusPlus, neighbour: ("answer.hpp", "#pragma once\nconstexpr int answer = 42;\n"),
        program: """
            #include <concepts>
            #include <fstream>
            #include <iostream>
            #include "answer.hpp"
            auto twice(std::integral auto x) { return x * 2; }
            int main(int, char **given) {
                std::cout << "hi " << given[1] << " " << given[2] << " " << twice(answer / 2) << "\\n";
                std::cerr << "oops\\n";
                std::ofstream("out.txt") << "text";
                return 3;
            }
            """,
        broken: "int main() { return missing; }", complaint: "‘missing’ was not declared",
        endless: "#include <iostream>\nint main() { std::cout << \"so far\\n\"; volatile int x = 0; while (true) x = x + 1; }")

    static let php = LanguageSample(
        language: .php, neighbour: ("answer.php", "<?php return 42;"),
        program: """
            <?php
            $answer = require __DIR__ . '/answer.php';
            if ((include 'answer.php') !== $answer) exit(9);
            echo "hi {$argv[1]} {$argv[2]} $answer\\n";
            fwrite(STDERR, "oops\\n");
            file_put_contents('out.txt', 'text');
            exit(3);
            """,
        broken: "<?php\n$x = ;\n", complaint: "syntax error, unexpected token \";\"",
        endless: "<?php echo \"so far\\n\"; while (true);")

    static let rust = LanguageSample(
        language: .rust, neighbour: ("answer.rs", "pub fn answer() -> i32 { 42 }\n"),
        program: """
            mod answer;
            fn main() {
                let given: Vec<String> = std::env::args().collect();
                let (first, second) = (&given[1], &given[2]);
                println!("hi {first} {second} {}", answer::answer());
                eprintln!("oops");
                std::fs::write("out.txt", "text").unwrap();
                std::process::exit(3);
            }
            """,
        broken: "fn main() { let x: i32 = \"s\"; }", complaint: "mismatched types",
        endless: "fn main() { println!(\"so far\"); loop { std::hint::spin_loop() } }")

    static let r = LanguageSample(
        language: .r, neighbour: ("answer.R", "answer <- 42\n"),
        program: """
            source("answer.R")
            given <- commandArgs(trailingOnly = TRUE)
            cat("hi", given[1], given[2], answer)
            cat("\\n")
            message("oops")
            cat("text", file = "out.txt")
            quit(status = 3)
            """,
        broken: "x <- (\n", complaint: "unexpected end of input",
        endless: "cat('so far\\n'); repeat {}")

    static let fortran = LanguageSample(
        language: .fortran,
        neighbour: ("answers.f90", "module answers\n  integer, parameter :: answer = 42\nend module answers\n"),
        program: """
            program talker
              use answers, only: answer
              character(len=32) :: first, second
              call get_command_argument(1, first)
              call get_command_argument(2, second)
              print '(a, 1x, a, 1x, a, 1x, i0)', 'hi', trim(first), trim(second), answer
              write (0, '(a)') 'oops'
              open (10, file='out.txt', access='stream')
              write (10) 'text'
              close (10)
              call exit(3)
            end program talker
            """,
        broken: "program p\n  integer :: x = 'a' + 1\nend program p\n", complaint: "Error:",
        endless: "program p\n  integer :: i\n  i = 0\n  print '(a)', 'so far'\n  do\n    i = ieor(i, 1)\n    if (i > 5) exit\n  end do\nend program p\n")

    static let d = LanguageSample(
        language: .d, neighbour: ("answer.d", "module answer;\nint answer() { return 42; }\n"),
        program: """
            import std.stdio, std.file;
            import core.stdc.stdlib : exit;
            static import answer;
            void main(string[] given) {
                writeln("hi ", given[1], " ", given[2], " ", answer.answer());
                stderr.writeln("oops");
                std.file.write("out.txt", "text");
                stdout.flush();
                exit(3);
            }
            """,
        broken: "void main() { int x = \"s\"; }", complaint: "cannot implicitly convert expression",
        endless: "import std.stdio; void main() { writeln(\"so far\"); while (true) {} }")
}
