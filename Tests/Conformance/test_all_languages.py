"""M21, M25 and traps 13 and 25 for the languages beyond Python, Bash, JavaScript and C."""
import pytest

from harness.shapes import names

FORTRAN = "program p\n{}\nend program p\n"
JAVA = "public class Main {{ public static void main(String[] args) throws Exception {{ {} }} }}"
GO = 'package main\nimport ("fmt"; "os")\nvar _ = fmt.Sprint\nvar _ = os.Args\nfunc main() {{ {} }}'
CPP = "#include <cstdlib>\n#include <fstream>\n#include <iostream>\nint main(int argc, char **argv) {{ {} }}"
RUST = "fn main() {{ {} }}"
D = "import std.stdio, core.stdc.stdlib;\nvoid main(string[] args) {{ {} }}"

# Only a compiler of this very language takes each of these, and only a runtime of it answers so.
TELLTALE = {
    "ts": ("enum Side { Left = 'l' }\nconst f = <T,>(x: T): T => x;\nconsole.log(f<string>(Side.Left) as string)", "l\n"),
    "go": (GO.format("defer fmt.Println(cap(make(chan int, 7)))"), "7\n"),
    "java": (JAVA.format("Object o = 5; if (o instanceof Integer i) System.out.println(i + Integer.MAX_VALUE);"), "-2147483644\n"),
    "cpp": ("#include <compare>\n#include <iostream>\ntemplate <typename T> concept Small = sizeof(T) < 4;\nint main() { std::cout << __cplusplus << Small<char> << ((1 <=> 2) < 0); }", "20200211\n"),
    "php": ("<?php echo match(true) { PHP_VERSION_ID >= 80000 => 'eight' }, PHP_EOL, PHP_SAPI;", "eight\ncli\n"),
    "rs": ("fn main() { let n: [i32; 2] = [1, 2].into_iter().collect::<Vec<_>>().try_into().unwrap(); let k = 7; println!(\"{k}{n:?}\"); }", "7[1, 2]\n"),
    "r": ("x <- c(a = 1, b = 2); print(sum(x)); cat(sprintf('%s', names(x)), sep = '')", "[1] 3\nab\n"),
    "f90": (FORTRAN.format("  integer :: a(3) = [1, 2, 3]\n  print '(i0, 1x, i0)', sum(a), kind(1.0d0)"), "6 8\n"),
    "d": ("import std.stdio, std.algorithm, std.range;\nvoid main() { iota(4).map!(x => x * x).sum.writeln; }", "14\n"),
}

EXIT_3 = {
    "ts": "console.log('before'); process.exit(3 as number)", "go": GO.format('fmt.Println("before"); os.Exit(3)'),
    "java": JAVA.format('System.out.println("before"); System.exit(3);'), "cpp": CPP.format('std::cout << "before\\n"; return 3;'),
    "php": "<?php echo \"before\\n\"; exit(3);", "rs": RUST.format('println!("before"); std::process::exit(3)'),
    "r": "cat('before\\n'); quit(status = 3)", "f90": FORTRAN.format("  print '(a)', 'before'\n  call exit(3)"),
    "d": D.format('writeln("before"); stdout.flush(); exit(3);'),
}

# What is written, what is said about it.
BROKEN = {
    "ts": ("let = ;", "main.ts:1:6"), "go": ("package main\nfunc main() { y }", "undefined: y"), "java": (JAVA.format("y();"), "cannot find symbol"),
    "c": ("int main(void) { return y; }", "undeclared"), "cpp": ("int main() { return y; }", "not declared"), "rs": (RUST.format("y"), "cannot find value `y`"),
    "f90": ("program p\n  implicit none\n  y = 1\nend program p\n", "has no IMPLICIT type"), "d": ("void main() { y; }", "undefined identifier"),
}

NEIGHBOURS = [
    ("ts", "lib/x.ts", "export const x: number = 42", "import { x } from './lib/x';\nconsole.log(x)"),
    ("ts", "x.js", "module.exports = 42", "const x = require('./x'); console.log(x)"),
    ("go", "helper.go", "package main\nfunc helper() int { return 42 }", GO.format("fmt.Println(helper())")),
    ("java", "Helper.java", "class Helper { static int x() { return 42; } }", JAVA.format("System.out.println(Helper.x());")),
    ("cpp", "x.hpp", "inline int x() { return 42; }", '#include "x.hpp"\n#include <iostream>\nint main() { std::cout << x(); }'),
    ("php", "x.php", "<?php function x() { return 42; }", "<?php include 'x.php'; echo x();"),
    ("php", "lib/x.php", "<?php return 42;", "<?php echo require __DIR__ . '/lib/x.php';"),
    ("rs", "x.rs", "pub fn x() -> i32 { 42 }", 'mod x;\nfn main() { println!("{}", x::x()); }'),
    ("r", "x.R", "x <- 42", "source('x.R'); cat(x)"),
    ("f90", "m.f90", "module m\n  integer :: x = 42\nend module m\n", "program p\n  use m\n  print '(i0)', x\nend program p\n"),
    ("f90", "x.inc", "  x = 42\n", "program p\n  integer :: x\n  include 'x.inc'\n  print '(i0)', x\nend program p\n"),
    ("d", "x.d", "module x;\nint y() { return 42; }", "import std.stdio, x;\nvoid main() { writeln(y()); }"),
]

WRITES = {
    "ts": "import * as fs from 'fs'; fs.writeFileSync('a.txt', process.cwd() as string)", "go": GO.format('d, _ := os.Getwd(); os.WriteFile("a.txt", []byte(d), 0o644)'),
    "java": JAVA.format('java.nio.file.Files.writeString(java.nio.file.Path.of("a.txt"), System.getProperty("user.dir"));'),
    "cpp": '#include <filesystem>\n#include <fstream>\nint main() { std::ofstream("a.txt") << std::filesystem::current_path().string(); }',
    "php": "<?php file_put_contents('a.txt', getcwd());", "rs": RUST.format('std::fs::write("a.txt", std::env::current_dir().unwrap().to_str().unwrap()).unwrap();'),
    "r": "cat(getwd(), file = 'a.txt')", "f90": FORTRAN.format("  character(len=9) :: d\n  call getcwd(d)\n  open (10, file='a.txt', access='stream')\n  write (10) d\n  close (10)"),
    "d": 'import std.file; void main() { write("a.txt", getcwd()); }',
}


def test_m25_every_language_has_a_toolchain_here(old):
    listed = old.get("/v1/languages").json()["languages"]
    assert [item["code"] for item in listed if not item["available"]] == [], "run `just languages`"


@pytest.mark.parametrize("lang", TELLTALE)
def test_trap25_each_language_is_itself(old, lang):
    code, answer = TELLTALE[lang]
    result = old.exec(lang, code)
    if lang == "cpp":  # gcc 12 and later agree from 201709 on: C++20
        assert result["stdout"].endswith("11\n") and int(result["stdout"][:6]) > 201703, result["stderr"]
    else:
        assert result["stdout"] == answer, result["stderr"]


@pytest.mark.parametrize("lang", EXIT_3)
def test_m21_an_exit_code_and_what_came_before_are_kept(old, lang):
    result = old.exec(lang, EXIT_3[lang])
    assert (result["stdout"], result["stderr"].rstrip("\n"), result["exit_code"]) == ("before\n", "Code execution failed with exit code 3", 3)
    assert (result["execution_status"], result["termination_reason"]) == ("failed", "exited")


@pytest.mark.parametrize("lang", BROKEN)
def test_m21_what_does_not_compile_is_answered_with_the_compilers_text(old, lang):
    code, text = BROKEN[lang]
    result = old.exec(lang, code)
    assert (result["execution_status"], result["termination_reason"], result["stdout"], result["files"]) == ("failed", "compile_error", "", []), result
    assert text in result["stderr"] and result["exit_code"] != 0, result["stderr"]


@pytest.mark.parametrize("lang, name, library, code", NEIGHBOURS)
def test_trap13_files_of_the_session_can_be_used_as_source(old, lang, name, library, code):
    upload = old.upload((name, library.encode()))
    result = old.exec(lang, code, files=[old.ref(upload)])
    assert (result["stdout"], result["files"]) == ("42\n", []), result["stderr"]


@pytest.mark.parametrize("lang", WRITES)
def test_section_5_4_files_are_written_into_mnt_data_and_the_source_is_none_of_them(old, lang):
    result = old.exec(lang, WRITES[lang])
    assert names(result) == ["a.txt"], result
    assert old.content_of(result["files"][0]) == b"/mnt/data"


@pytest.mark.parametrize("lang", ["ts", "go", "java", "cpp", "php", "rs", "r", "f90", "d"])
def test_section_10_the_record_names_the_toolchain(old, lang):
    versions = {item["code"]: item["version"] for item in old.get("/v1/languages").json()["languages"]}
    execution = old.get(f"/v1/executions/{old.exec(lang, EXIT_3[lang])['execution_id']}").json()
    assert execution["toolchain"] == {"version": versions[lang], "image_digest": None}
    assert (execution["compile_ms"] is None) == (lang in ("php", "r"))


def test_section_5_4_r_draws_without_a_screen(old):
    result = old.exec("r", "png('f.png'); plot(1:3); invisible(dev.off())")
    assert names(result) == ["f.png"], result["stderr"]
    assert old.content_of(result["files"][0]).startswith(b"\x89PNG")


@pytest.mark.parametrize("lang, code", [
    ("java", JAVA.format("var held = new java.util.ArrayList<byte[]>(); while (true) held.add(new byte[1 << 20]);")),
    ("go", GO.format("var held [][]byte; for { b := make([]byte, 1<<20); for i := range b { b[i] = 1 }; held = append(held, b) }")),
    ("ts", "const held: number[][] = []; for (;;) held.push(new Array(1 << 17).fill(1.5))")])
def test_m21_a_runtime_with_a_heap_of_its_own_meets_the_memory_limit(old, lang, code):
    result = old.exec(lang, code)
    assert (result["termination_reason"], result["exit_code"]) == ("memory_limit", 137), result["stderr"][-500:]
    assert result["stderr"].rstrip("\n").endswith("Out of memory: the program exceeded 512 MiB")
