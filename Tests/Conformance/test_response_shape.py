"""M12, M13: the answer of POST /exec, field by field."""
import pytest

from harness.client import body_of
from harness.fixtures import limited
from harness.shapes import SHA256, UNKNOWN_ID, assert_id

FIELDS = {"session_id", "stdout", "stderr", "files", "has_state", "state_size", "state_hash", "code", "signal", "message", "status", "wall_time",
          "execution_id", "execution_status", "termination_reason", "exit_code", "duration_ms", "language", "truncation", "inputs_missing",
          "files_skipped", "state_errors", "receipt"}

RUNS = {
    "success": ("bash", "echo done; echo x > x.txt"),
    "silence": ("bash", "true"),
    "failure": ("bash", "exit 3"),
    "stderr": ("bash", "echo oops >&2; exit 1"),
    "signal": ("c", "#include <signal.h>\nint main(void) { raise(SIGSEGV); return 0; }"),
    "compile error": ("c", "int main(void) { return nonsense; }"),
    "uncaught exception": ("py", "raise ValueError('x')"),
    "syntax error": ("js", "let = ;"),
}

quick_server = limited({"MAX_EXECUTION_TIME": "1"})


def assert_shape(result):
    assert FIELDS - set(result) == set(), f"missing fields in {sorted(result)}"
    assert_id(result["session_id"], "session_id")
    assert_id(result["execution_id"], "execution_id")
    assert isinstance(result["stdout"], str) and isinstance(result["stderr"], str)
    assert isinstance(result["files"], list) and isinstance(result["inputs_missing"], list) and isinstance(result["files_skipped"], list)
    assert (result["has_state"], result["state_size"], result["state_hash"], result["state_errors"]) == (False, None, None, [])
    assert isinstance(result["wall_time"], int) and isinstance(result["duration_ms"], int)
    assert result["code"] == result["exit_code"]
    for stream in ("stdout", "stderr"):
        cut = result["truncation"][stream]
        assert isinstance(cut["truncated"], bool) and cut["total_bytes"] >= cut["kept_bytes"] >= 0, cut
    assert result["receipt"]["position"] >= 1 and SHA256.fullmatch(result["receipt"]["event_hash"]), result["receipt"]
    assert result["execution_status"] in {"completed", "failed", "timeout", "cancelled", "error"}
    assert result["termination_reason"] in {"exited", "signal", "compile_error", "time_limit", "memory_limit", "cancelled", "client_disconnected", "infrastructure"}


@pytest.mark.parametrize("run", RUNS)
def test_m12_every_field_is_present_whatever_the_run_came_to(old, run):
    lang, code = RUNS[run]
    result = old.exec(lang, code)
    assert_shape(result)
    assert result["language"] == lang


@pytest.mark.parametrize("run", RUNS)
def test_m13_status_is_null_whatever_the_run_came_to(old, run):
    assert old.exec(*RUNS[run])["status"] is None


def test_m12_a_run_over_its_time_has_every_field_too(quick_server):
    result = quick_server.old().exec("bash", "sleep 30")
    assert_shape(result)
    assert result["status"] is None


def test_m13_status_is_ol_only_when_stdout_was_cut(old):
    assert old.exec("bash", "head -c 70000 /dev/zero | tr '\\0' x")["status"] == "OL"
    assert old.exec("bash", "head -c 70000 /dev/zero | tr '\\0' x >&2")["status"] is None


def test_m12_a_plain_success_says_so_in_every_field(old):
    result = old.exec("bash", "echo done")
    expected = {"stdout": "done\n", "stderr": "", "files": [], "code": 0, "signal": None, "message": None, "status": None, "exit_code": 0,
                "execution_status": "completed", "termination_reason": "exited", "language": "bash", "inputs_missing": [], "files_skipped": [],
                "truncation": {"stdout": {"truncated": False, "total_bytes": 5, "kept_bytes": 5}, "stderr": {"truncated": False, "total_bytes": 0, "kept_bytes": 0}}}
    assert {name: result[name] for name in expected} == expected


def test_m12_generated_files_carry_both_bucket_ids_equal_to_the_session(old):
    result = old.exec("bash", "echo 1 > b.txt; mkdir d; echo 22 > d/c.bin; echo 333 > a.txt")
    assert [file["name"] for file in result["files"]] == ["a.txt", "b.txt", "d/c.bin"]
    assert [file["size"] for file in result["files"]] == [4, 2, 3]
    for file in result["files"]:
        assert_id(file["id"], file["name"])
        assert (file["session_id"], file["storage_session_id"]) == (result["session_id"], result["session_id"]), file
        assert file["path"] is None and "inherited" not in file and "modified_from" not in file, file


def test_m12_the_headers_name_the_execution_and_the_session(old):
    response = old.try_exec("bash", "true")
    result = body_of(response, 200)
    assert (response.headers["X-Execution-Id"], response.headers["X-Session-Id"]) == (result["execution_id"], result["session_id"])


def test_m12_a_file_that_is_missing_is_named(old):
    result = old.exec("bash", "true", files=[old.item(UNKNOWN_ID, UNKNOWN_ID, "gone.txt")])
    assert result["inputs_missing"] == [{"id": UNKNOWN_ID, "name": "gone.txt"}]


def test_m12_the_answer_is_json_in_utf8_and_not_compressed(old):
    response = old.post("/exec", json={"lang": "bash", "code": "printf 'é😀%.0s' {1..2000}"}, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert response.headers["Content-Type"].startswith("application/json")
    assert "Content-Encoding" not in response.headers
    assert body_of(response, 200)["stdout"] == "é😀" * 2000
