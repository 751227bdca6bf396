"""M25, M26: codes, aliases, availability, and what a language's run can rely on."""
import time

import pytest

from harness.client import body_of
from harness.shapes import assert_error

ALIASES = {"py": ["python", "python3"], "js": ["javascript", "node", "nodejs"], "ts": ["typescript"], "go": ["golang"], "java": [], "c": [],
           "cpp": ["c++", "cc", "cxx"], "php": [], "rs": ["rust"], "r": ["rscript"], "f90": ["fortran", "f95"], "d": ["dlang"], "bash": ["sh", "shell"]}

HELLO = {
    "py": "print('hello')", "js": "console.log('hello')", "ts": "const x: string = 'hello'; console.log(x)",
    "go": 'package main\nimport "fmt"\nfunc main() { fmt.Println("hello") }', "java": 'public class Hello { public static void main(String[] a) { System.out.println("hello"); } }',
    "c": '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }', "cpp": '#include <iostream>\nint main() { auto s = "hello"; std::cout << s << std::endl; }',
    "php": "<?php echo \"hello\\n\";", "rs": 'fn main() { println!("hello"); }', "r": 'cat("hello\\n")', "f90": "program h\nprint '(a)', 'hello'\nend program h",
    "d": 'import std.stdio; void main() { writeln("hello"); }', "bash": "echo hello",
}

PROMISED = ["py", "bash", "js", "c"]
SPELLINGS = [(code, spelling) for code, aliases in ALIASES.items() for name in [code, *aliases] for spelling in {name, name.upper()}]


@pytest.fixture(scope="module")
def listed(server):
    return {item["code"]: item for item in body_of(server.old().get("/v1/languages"), 200)["languages"]}


def test_m25_the_list_has_every_language_with_its_aliases(listed):
    assert {code: sorted(item["aliases"]) for code, item in listed.items()} == {code: sorted(aliases) for code, aliases in ALIASES.items()}


def test_m25_the_list_says_what_each_language_is(listed):
    for code, item in listed.items():
        assert {"code", "name", "aliases", "available", "version", "state", "programmatic", "pool"} <= set(item), item
        assert isinstance(item["name"], str) and isinstance(item["available"], bool), item
        assert (item["version"] is not None) == item["available"], item
        assert item["pool"] is None, item


@pytest.mark.parametrize("code", PROMISED)
def test_m25_the_promised_languages_are_available(listed, code):
    assert listed[code]["available"] is True


@pytest.mark.parametrize("code, spelling", SPELLINGS)
def test_m25_a_spelling_runs_where_listed_and_is_refused_by_name_elsewhere(old, listed, code, spelling):
    response = old.try_exec(spelling, HELLO[code])
    if listed[code]["available"]:
        result = body_of(response, 200)
        assert (result["stdout"], result["language"]) == ("hello\n", code), result
    else:
        assert_error(response, 400, "validation", text=f"Language '{code}' is not available on this server", code="language_unavailable", field="lang")


@pytest.mark.parametrize("lang", ["cobol", "", "python2", "py ", "Brainf*ck", "../bash", "bash\n", "ünknown", "x" * 1000])
def test_m25_an_unknown_language_is_refused_as_it_was_sent(old, lang):
    assert_error(old.try_exec(lang, "x"), 400, "validation", text=f"Unsupported language: {lang}", code="unsupported_language", field="lang")


def test_m25_an_unavailable_language_creates_no_session(fresh, listed):
    for code in ALIASES:
        if not listed[code]["available"]:
            fresh.try_exec(code, HELLO[code])
    fresh.try_exec("cobol", "x")
    assert fresh.settled_sessions() == []


def test_trap25_c_is_c_and_not_something_else(old):
    code = '#include <stdio.h>\n#include <math.h>\nint main(void) { int class = 1; double x = class * 2; printf("%ld %.3f %zu", __STDC_VERSION__, sqrt(x), sizeof(\'a\')); return 0; }'
    assert old.exec("c", code)["stdout"] == "201710 1.414 4\n"


@pytest.mark.parametrize("code", ["console.log(typeof require, typeof module)", "const fs = require('fs'); console.log(typeof fs.readFileSync, 'object')"])
def test_m25_js_is_commonjs(old, code):
    assert old.exec("js", code)["stdout"] == "function object\n"


def test_m25_js_is_a_module_when_it_imports(old):
    result = old.exec("js", "import { readFileSync } from 'fs';\nconst x = await Promise.resolve('top');\nconsole.log(typeof readFileSync, x)")
    assert result["stdout"] == "function top\n", result["stderr"]


@pytest.mark.parametrize("tool", ["python3", "jq", "sha256sum", "base64", "grep", "sed", "awk", "find", "tar", "unzip", "sort", "cut", "head", "tr", "wc", "date"])
def test_m26_bash_has_its_tools(old, tool):
    assert old.exec("bash", f"command -v {tool} > /dev/null && printf yes")["stdout"] == "yes"


def test_m26_the_tools_work_together(old):
    result = old.exec("bash", "echo '{\"a\":[1,2]}' | jq -c .a; printf abc | sha256sum | cut -c1-8; python3 -c 'print(1+1)'; printf abc | base64")
    assert result["stdout"] == "[1,2]\nba7816bf\n2\nYWJj\n", result["stderr"]


def test_m26_archives_can_be_packed_and_unpacked(old):
    code = "echo x > a.txt; tar czf a.tgz a.txt; rm a.txt; tar xzf a.tgz; cat a.txt; python3 -m zipfile -c a.zip a.txt; rm a.txt; unzip -q a.zip; cat a.txt"
    assert old.exec("bash", code)["stdout"] == "x\nx\n"


def test_m26_a_trivial_bash_run_answers_within_15_seconds_on_a_server_just_started(make_server):
    client = make_server().old()
    began = time.monotonic()
    assert client.exec("bash", "printf ok")["stdout"] == "ok"
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("lang, code", [
    ("bash", "pwd"), ("py", "import os\nprint(os.getcwd())"), ("js", "console.log(process.cwd())"),
    ("c", '#include <stdio.h>\n#include <unistd.h>\nint main(void) { char b[99]; puts(getcwd(b, 99)); return 0; }')])
def test_section_5_4_the_working_directory_is_mnt_data(old, lang, code):
    assert old.exec(lang, code)["stdout"] == "/mnt/data\n"


@pytest.mark.parametrize("lang, name, library, code", [
    ("py", "mymod.py", "def f(): return 42", "import mymod\nprint(mymod.f())"),
    ("py", "pkg/__init__.py", "x = 42", "from pkg import x\nprint(x)"),
    ("js", "x.js", "module.exports = 42", "console.log(require('./x'))"),
    ("js", "lib/y.mjs", "export const y = 42", "import { y } from './lib/y.mjs';\nconsole.log(y)"),
    ("c", "x.h", "#define X 42", '#include <stdio.h>\n#include "x.h"\nint main(void) { printf("%d\\n", X); return 0; }'),
    ("bash", "lib.sh", "f() { echo 42; }", ". ./lib.sh; f")])
def test_trap13_files_of_the_session_can_be_imported(old, lang, name, library, code):
    upload = old.upload((name, library.encode()))
    result = old.exec(lang, code, files=[old.ref(upload)])
    assert (result["stdout"], result["files"]) == ("42\n", []), result["stderr"]


def test_section_5_4_temporary_files_vanish_between_runs(old):
    session = old.exec("bash", "echo x > /tmp/a.txt; mktemp /tmp/tmp.XXXXXX > /dev/null && cat /tmp/a.txt")["session_id"]
    listed = old.exec("bash", "ls /tmp; ls \"$TMPDIR\"", session_id=session)["stdout"].split()
    assert [name for name in listed if name == "a.txt" or name.startswith("tmp.")] == []


def test_section_5_4_home_and_tmpdir_are_writable(old):
    assert old.exec("bash", 'echo x > "$HOME/probe" && echo y > "$TMPDIR/probe" && printf ok')["stdout"] == "ok"


def test_section_5_4_the_locale_is_utf8_with_english_messages(old):
    result = old.exec("bash", "printf é | wc -m; python3 -c \"print('é')\"; ls /nonexistent")
    assert result["stdout"].split() == ["1", "é"]
    assert "No such file or directory" in result["stderr"]


def test_section_5_4_a_figure_can_be_drawn_without_a_screen(old):
    result = old.exec("py", "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.savefig('f.png')")
    assert [file["name"] for file in result["files"]] == ["f.png"], result["stderr"]
    assert old.content_of(result["files"][0]).startswith(b"\x89PNG")


def test_section_5_4_the_last_expression_is_not_echoed(old):
    assert old.exec("py", "x = 1\nx + 1")["stdout"] == ""


def test_section_5_4_a_run_starts_from_a_fresh_process(old):
    code = "import random, uuid, numpy\nprint(random.random(), uuid.uuid4(), numpy.random.rand())"
    session = old.exec("py", code)
    again = old.exec("py", code)
    assert len(set(session["stdout"].split()) & set(again["stdout"].split())) == 0
