"""M36, M37: Python state in its sequences: along references, past other languages, from one session into another."""
import hashlib
import secrets

import pytest

from harness.client import body_of
from harness.shapes import SHA256, TIME
from harness.waiting import in_parallel

DEFINE = """
import math
import collections as c
from os import path
number, text, table = 41, "ä\\ud7ff", {"a": [1, 2, (3,)]}
def twice(x):
    return 2 * x + offset()
def offset():
    return bias
bias = 1
class Point:
    count = 0
    def __init__(self, x):
        self.x = x
        Point.count += 1
    def far(self):
        return math.hypot(self.x, 4)
p = Point(3)
"""
USE = "print(number + 1, text, table['a'][2], twice(3), p.far(), Point(1).count, c.Counter('aa')['a'], path.basename('x/y'))"
USED = "42 ä\ud7ff (3,) 7 5.0 2 2 y\n"


def py(client, session, code, **fields):
    return client.exec("py", code, **({"session_id": session} if session else {}), **fields)


def info(client, session):
    return body_of(client.get(f"/state/{session}/info"), 200)


def new_id():
    return (secrets.token_hex(11))[:21]


def test_m36_values_functions_classes_and_imports_persist(old):
    first = py(old, None, DEFINE)
    assert (first["stdout"], first["has_state"], first["state_errors"]) == ("", True, [])
    second = py(old, first["session_id"], USE)
    assert (second["stdout"], second["stderr"], second["session_id"]) == (USED, "", first["session_id"])


def test_m36_the_session_of_a_reference_carries_the_state(new):
    upload = new.upload(("a.txt", b"a"))
    py(new, None, "kept = open('a.txt').read()", files=[new.ref(upload)])
    assert py(new, None, "print(kept)", files=[new.ref(upload)])["stdout"] == "a\n"


def test_m36_a_large_state_comes_back_whole(old):
    session = py(old, None, "import numpy as np, pandas as pd\na = np.arange(1_000_000)\ndf = pd.DataFrame({'x': a[:1000]})")["session_id"]
    assert py(old, session, "print(a.sum(), df.x.sum(), type(df).__name__)")["stdout"] == "499999500000 499500 DataFrame\n"


def test_m36_the_answer_names_size_and_hash_of_the_stored_bytes(old):
    result = py(old, None, "x = 1")
    stored = old.get(f"/state/{result['session_id']}")
    assert stored.status_code == 200
    assert stored.headers["Content-Type"].split(";")[0] == "application/octet-stream"
    assert stored.headers["ETag"] == f'"{result["state_hash"]}"'
    assert stored.headers["Content-Length"] == str(len(stored.content)) == str(result["state_size"])
    assert hashlib.sha256(stored.content).hexdigest() == result["state_hash"]
    assert stored.content[0] in (1, 2)
    about = info(old, result["session_id"])
    assert set(about) == {"exists", "session_id", "size_bytes", "hash", "created_at", "expires_at", "source"}
    assert (about["exists"], about["session_id"], about["size_bytes"], about["hash"], about["source"]) == (
        True, result["session_id"], result["state_size"], result["state_hash"], "postgres")
    assert TIME.fullmatch(about["created_at"]) and TIME.fullmatch(about["expires_at"])
    shown = old.session(result["session_id"])["state"]
    assert shown == {"exists": True, "size_bytes": result["state_size"], "hash": result["state_hash"]}


@pytest.mark.parametrize("form, status", [('"{}"', 304), ("{}", 304), ('W/"{}"', 304), ("*", 304), ('"zz", W/"yy", "{}"', 304),
                                          ('"zz"', 200), ('"{}x"', 200)])
def test_m36_a_known_hash_is_not_sent_again(old, form, status):
    result = py(old, None, "x = 1")
    response = old.get(f"/state/{result['session_id']}", headers={"If-None-Match": form.format(result["state_hash"])})
    assert (response.status_code, response.headers["ETag"]) == (status, f'"{result["state_hash"]}"')
    assert (response.content == b"") == (status == 304)


@pytest.mark.parametrize("lang, code", [("bash", "x=1"), ("js", "var x = 1")])
def test_m36_other_languages_have_no_state(old, lang, code):
    result = old.exec(lang, code)
    assert (result["has_state"], result["state_size"], result["state_hash"], result["state_errors"]) == (False, None, None, [])
    assert info(old, result["session_id"])["exists"] is False


def test_m36_a_run_in_another_language_leaves_the_state_alone(old):
    first = py(old, None, "x = 5")
    old.exec("bash", "x=6", session_id=first["session_id"])
    assert info(old, first["session_id"])["hash"] == first["state_hash"]
    assert py(old, first["session_id"], "print(x)")["stdout"] == "5\n"


def test_m36_what_cannot_be_kept_is_named_and_the_rest_is_kept(old):
    first = py(old, None, "import threading\n_hidden = 1\nkept = 2\ndef numbers():\n    yield 1\ngen = numbers()\nlock = threading.Lock()\nhandle = open('/dev/null')")
    assert (first["exit_code"], first["has_state"]) == (0, True), first
    named = " ".join(map(str, first["state_errors"]))
    for name in ("gen", "lock", "handle"):
        assert name in named, first["state_errors"]
    second = py(old, first["session_id"], "print(kept, list(numbers()), [n in globals() for n in ('_hidden', 'gen', 'lock', 'handle')])")
    assert second["stdout"] == "2 [1] [False, False, False, False]\n"


def test_m36_an_upload_moves_state_into_a_session_nobody_used_before(old):
    first = py(old, None, DEFINE)
    blob = old.get(f"/state/{first['session_id']}").content
    session = new_id()
    reply = old.post(f"/state/{session}", data=blob, headers={"Content-Type": "application/x-whatever"})
    assert (reply.status_code, reply.json()) == (201, {"message": "state_uploaded", "size": len(blob)})
    assert old.get(f"/state/{session}").content == blob
    result = py(old, session, USE)
    assert (result["session_id"], result["stdout"]) == (session, USED)


def test_m36_an_upload_replaces_what_the_session_had(old):
    one, two = py(old, None, "x = 'one'"), py(old, None, "x = 'two'")
    assert old.post(f"/state/{one['session_id']}", data=old.get(f"/state/{two['session_id']}").content).status_code == 201
    assert py(old, one["session_id"], "print(x)")["stdout"] == "two\n"


def test_m36_state_that_does_not_load_fails_the_run_and_does_not_pass_as_done(old):
    session = new_id()
    assert old.post(f"/state/{session}", data=b"\x01" + b"not a pickle at all").status_code == 201
    result = py(old, session, "print('ran')")
    assert result["execution_status"] in ("completed", "failed")
    assert result["state_errors"] or result["execution_status"] == "failed", result
    assert old.exec("bash", "echo ok", session_id=session)["stdout"] == "ok\n"


def test_m36_every_change_of_state_is_an_event(old):
    first = py(old, None, "x = 1")
    session = first["session_id"]
    blob = old.get(f"/state/{session}").content
    old.post(f"/state/{session}", data=blob)
    old.delete(f"/state/{session}")
    events = [event for event in old.events(session) if event["type"].startswith("state.")]
    assert [event["type"] for event in events] == ["state.saved", "state.uploaded", "state.deleted"]
    assert first["state_hash"] in str(events[0]["data"]) and first["state_hash"] in str(events[1]["data"])
    assert SHA256.fullmatch(events[0]["hash"])


@pytest.mark.parametrize("path", ["/state/{}", "/v1/state/{}", "//state/{}/"])
def test_m1_the_state_answers_alike_however_the_path_is_spelled(old, path):
    result = py(old, None, "x = 1")
    assert old.get(path.format(result["session_id"])).headers["ETag"] == f'"{result["state_hash"]}"'


def test_m37_parallel_changes_of_one_session_are_all_present(old, replica):
    session = py(old, None, "done = []")["session_id"]
    clients = [old, old.at(replica)] * 5
    results = in_parallel(lambda item: py(item[1], session, f"done.append({item[0]})"), enumerate(clients))
    assert all(result["exit_code"] == 0 and result["has_state"] for result in results), results
    assert py(old, session, "print(sorted(done))")["stdout"] == f"{list(range(10))}\n"


def test_m37_files_and_state_of_one_run_belong_together(old):
    session = py(old, None, "n = 0")["session_id"]
    in_parallel(lambda _: py(old, session, "n += 1\nopen(f'{n}.txt', 'w').write(str(n))"), range(6))
    assert py(old, session, "import os; print(n, sorted(os.listdir('.')))")["stdout"] == f"6 {[f'{i}.txt' for i in range(1, 7)]}\n"
