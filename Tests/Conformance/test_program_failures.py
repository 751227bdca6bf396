"""M21: programs that fail, hang, eat memory or leave children behind. Always 200, always with what they printed."""
import secrets
import socket
import time

import pytest

from harness.fixtures import limited
from harness.host import processes_with
from harness.shapes import last_line, names
from harness.waiting import wait_until

tight_server = limited({"MAX_MEMORY_MB": "128", "MAX_EXECUTION_TIME": "2"})

GREEDY_PYTHON = "held = []\nwhile True:\n    held.append(bytearray(b'x' * 10_000_000))"


def outcome(result):
    return {name: result[name] for name in ("execution_status", "termination_reason", "exit_code", "code", "signal")}


def expected(status, reason, exit_code, signal=None):
    return {"execution_status": status, "termination_reason": reason, "exit_code": exit_code, "code": exit_code, "signal": signal}


@pytest.mark.parametrize("lang, code", [
    ("bash", "echo before; exit 3"), ("py", "import sys\nprint('before')\nsys.exit(3)"), ("js", "console.log('before'); process.exitCode = 3"),
    ("c", '#include <stdio.h>\nint main(void) { puts("before"); return 3; }')])
def test_m21_a_silent_failure_is_explained_in_stderr(old, lang, code):
    result = old.exec(lang, code)
    assert (result["stdout"], result["stderr"].rstrip("\n")) == ("before\n", "Code execution failed with exit code 3")
    assert outcome(result) == expected("failed", "exited", 3)
    assert result["message"] == "Code execution failed with exit code 3"


def test_m21_a_failure_that_explains_itself_is_left_alone(old):
    result = old.exec("bash", "echo before; echo oops >&2; exit 3")
    assert (result["stdout"], result["stderr"], result["exit_code"], result["message"]) == ("before\n", "oops\n", 3, None)


def test_m21_an_uncaught_exception_shows_its_traceback(old):
    result = old.exec("py", "print('before')\nraise ValueError('broken')")
    assert result["stdout"] == "before\n"
    assert last_line(result["stderr"]) == "ValueError: broken"
    assert outcome(result) == expected("failed", "exited", 1)


def test_m21_a_traceback_shows_no_place_of_the_server(old, server):
    result = old.exec("py", "raise ValueError('broken')")
    assert str(server.home) not in result["stderr"] and "Traceback" in result["stderr"]


@pytest.mark.parametrize("name, number", [("SIGSEGV", 11), ("SIGABRT", 6), ("SIGTERM", 15), ("SIGKILL", 9), ("SIGFPE", 8)])
def test_m21_a_signal_is_named(old, name, number):
    result = old.exec("c", f"#include <signal.h>\n#include <stdio.h>\n#include <unistd.h>\nint main(void) {{ puts(\"before\"); fflush(stdout); kill(getpid(), {name}); pause(); return 0; }}",
                      timeout=5000)
    assert result["stdout"] == "before\n"
    assert outcome(result) == expected("failed", "signal", 128 + number, name)


def test_m21_a_real_segmentation_fault_is_a_signal(old):
    result = old.exec("c", "int main(void) { volatile int *p = 0; *p = 1; return 0; }")
    assert outcome(result) == expected("failed", "signal", 139, "SIGSEGV")


def test_m21_abort_is_sigabrt(old):
    result = old.exec("c", "#include <stdlib.h>\nint main(void) { abort(); }")
    assert outcome(result) == expected("failed", "signal", 134, "SIGABRT")


def test_m21_a_compile_error_shows_the_compilers_text(old):
    result = old.exec("c", "int main(void) { return nonsense; }")
    assert (result["execution_status"], result["termination_reason"], result["stdout"]) == ("failed", "compile_error", "")
    assert "nonsense" in result["stderr"] and "error" in result["stderr"]


def test_m21_a_compile_warning_is_no_failure(old):
    result = old.exec("c", '#include <stdio.h>\nint main(void) { int unused; puts("ok"); return 0; }')
    assert (result["stdout"], result["execution_status"]) == ("ok\n", "completed")


@pytest.mark.parametrize("lang, code", [
    ("bash", "echo before; sleep 60"), ("py", "import time\nprint('before', flush=True)\ntime.sleep(60)"), ("js", "console.log('before'); setTimeout(() => {}, 60000)"),
    ("py", "print('before', flush=True)\nwhile True: pass"), ("bash", "echo before; trap '' TERM INT HUP; while :; do sleep 1; done"),
    ("c", '#include <stdio.h>\nint main(void) { puts("before"); fflush(stdout); for (;;) {} }')])
def test_m21_a_run_over_its_time_keeps_what_it_printed(old, lang, code):
    result = old.exec(lang, code, timeout=1500)
    assert result["stdout"] == "before\n"
    assert last_line(result["stderr"]) == "Execution timed out after 1.5 seconds"
    assert (result["execution_status"], result["termination_reason"], result["exit_code"]) == ("timeout", "time_limit", 124)
    assert result["message"] == "Execution timed out after 1.5 seconds"


def test_m21_the_line_about_time_follows_the_programs_own_stderr(old):
    result = old.exec("bash", "echo own >&2; sleep 60", timeout=1000)
    assert result["stderr"].rstrip("\n") == "own\nExecution timed out after 1 seconds"


def test_m21_the_line_stands_alone_after_stderr_without_a_newline(old):
    result = old.exec("bash", "printf own >&2; sleep 60", timeout=1000)
    assert result["stderr"].rstrip("\n").split("\n") == ["own", "Execution timed out after 1 seconds"]


def test_m21_the_line_survives_a_stderr_that_was_cut(old):
    result = old.exec("bash", "head -c 80000 /dev/zero | tr '\\0' x >&2; sleep 60", timeout=2000)
    assert result["stderr"].rstrip("\n").split("\n")[-2:] == ["[Output truncated - size limit exceeded]", "Execution timed out after 2 seconds"]


def test_m21_the_servers_own_limit_bounds_what_a_request_may_ask(tight_server):
    result = tight_server.old().exec("bash", "echo before; sleep 60", timeout=60000)
    assert (result["stdout"], last_line(result["stderr"])) == ("before\n", "Execution timed out after 2 seconds")


@pytest.mark.parametrize("lang, code", [
    ("py", "print('before', flush=True)\n" + GREEDY_PYTHON),
    ("js", "require('fs').writeSync(1, 'before\\n'); const held = []; for (;;) held.push(Buffer.alloc(10000000, 1));"),
    ("c", '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void) { puts("before"); fflush(stdout); for (;;) { char *p = malloc(10000000); if (p) memset(p, 1, 10000000); } }')])
def test_m21_a_run_over_its_memory_keeps_what_it_printed(tight_server, lang, code):
    result = tight_server.old().exec(lang, code)
    assert result["stdout"] == "before\n"
    assert last_line(result["stderr"]) == "Out of memory: the program exceeded 128 MiB"
    assert (result["execution_status"], result["termination_reason"], result["exit_code"]) == ("failed", "memory_limit", 137)


def test_m21_a_child_over_its_memory_leaves_the_verdict_to_the_program(tight_server):
    result = tight_server.old().exec("bash", 'python3 -c "$1"; echo "after $?"; exit 0', args=[GREEDY_PYTHON])
    assert result["stdout"] == "after 137\n"
    assert (result["execution_status"], result["exit_code"]) == ("completed", 0)


def test_m21_files_in_the_data_directory_do_not_count_against_the_programs_memory(tight_server):
    result = tight_server.old().exec("bash", "head -c 300000000 /dev/zero > a.bin && stat -c %s a.bin && rm a.bin")
    assert (result["stdout"], result["exit_code"]) == ("300000000\n", 0), result["stderr"]


def test_m21_a_full_disk_is_an_error_of_the_program(make_server):
    client = make_server({"SANDBOX_DISK_MB": "16"}).old()
    result = client.exec("bash", "head -c 64000000 /dev/zero > a.bin; rm a.bin; echo still here")
    assert result["stdout"] == "still here\n"
    assert "No space left on device" in result["stderr"]


def test_m21_a_fork_bomb_ends_and_the_server_goes_on(tight_server):
    client = tight_server.old()
    result = client.exec("bash", "f() { f | f & }; f; echo before; sleep 60")
    assert result["execution_status"] in ("completed", "failed", "timeout"), result["execution_status"]
    assert client.exec("bash", "printf ok")["stdout"] == "ok"


BACKGROUND = {
    "a plain background job": "sleep {marker} &",
    "a background job that holds stdout": "(exec -a {marker} sleep 600) &",
    "a job in a session of its own": "setsid sleep {marker} &",
    "a job that ignores hang-ups": "nohup sleep {marker} > /dev/null 2>&1 &",
    "a job with every stream closed": "sleep {marker} <&- >&- 2>&- &",
    "a daemon forked twice": "python3 -c \"import os, time; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); time.sleep(600)\" {marker}",
    "a job that ignores signals": "(trap '' TERM INT HUP QUIT; while :; do sleep {marker}; done) &",
}


@pytest.mark.parametrize("kind", BACKGROUND)
def test_m21_a_background_child_neither_delays_the_answer_nor_survives_it(old, kind):
    marker = f"600.{secrets.randbelow(10**12):012d}"
    began = time.monotonic()
    result = old.exec("bash", BACKGROUND[kind].format(marker=marker) + "\necho done", timeout=25000)
    assert (result["stdout"], result["execution_status"]) == ("done\n", "completed"), result
    assert time.monotonic() - began < 15
    assert processes_with(marker) == []


def test_m21_children_of_a_run_over_its_time_do_not_survive(old):
    marker = f"600.{secrets.randbelow(10**12):012d}"
    result = old.exec("bash", f"setsid sleep {marker} & (trap '' TERM; sleep {marker}) & sleep {marker}", timeout=1000)
    assert result["termination_reason"] == "time_limit"
    assert processes_with(marker) == []


def test_m21_a_run_that_prints_without_end_is_not_killed_for_it(old):
    result = old.exec("bash", "head -c 50000000 /dev/zero | tr '\\0' x; echo end >&2; exit 4")
    assert (result["exit_code"], result["stderr"], result["status"]) == (4, "end\n", "OL")
    assert result["truncation"]["stdout"] == {"truncated": True, "total_bytes": 50_000_000, "kept_bytes": 10_485_760}


def test_m21_stdin_is_empty(old):
    assert old.exec("bash", "cat; read x; echo \"$?\"")["stdout"] == "1\n"
    assert old.exec("py", "import sys\nprint(repr(sys.stdin.read()))")["stdout"] == "''\n"


def test_m21_one_failed_run_does_not_spoil_the_next(old):
    session = old.exec("bash", "echo x > a.txt; kill -9 $$", timeout=3000)["session_id"]
    result = old.exec("bash", "cat a.txt; echo y > b.txt", session_id=session)
    assert (result["stdout"], names(result)) == ("x\n", ["b.txt"])
