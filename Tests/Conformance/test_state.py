"""Python state between runs (section 8; M36, M37)."""
import hashlib
import threading

from harness.client import body_of
from harness.waiting import wait_until

COUNTER = "try: n\nexcept NameError: n = 0\nn += 1\nprint(n)"


def run(client, code, session=None):
    """A Python run that must end well; its answer."""
    answer = client.exec("py", code, **({"session_id": session} if session else {}))
    assert answer["exit_code"] == 0, answer["stderr"]
    return answer


def fetched(client, session):
    response = client.get(f"/state/{session}")
    assert response.status_code == 200, response.text
    return response


def test_m36_variables_functions_classes_and_imports_persist(old):
    first = run(old, """
import numpy as np, json as j
from dataclasses import dataclass
rate = 3
def price(n): return n * rate
@dataclass
class Item:
    n: int
    def total(self): return price(self.n)
item = Item(4)
array = np.arange(5)
""")
    assert first["has_state"] is True and first["state_errors"] == []
    second = run(old, "print(item.total(), int(array.sum()), j.dumps([np.pi > 3]))\nrate = 10", first["session_id"])
    assert second["session_id"] == first["session_id"]
    assert second["stdout"] == "12 10 [true]\n"
    assert run(old, "print(item.total(), Item(1).total())", first["session_id"])["stdout"] == "40 10\n"


def test_m36_state_is_found_on_another_replica(old, replica):
    session = run(old, "x = 'here'")["session_id"]
    there = old.at(replica)
    assert run(there, "print(x)\nx = 'there'", session)["stdout"] == "here\n"
    assert run(old, "print(x)", session)["stdout"] == "there\n"


def test_m36_state_survives_a_restart(make_server):
    server = make_server()
    session = run(server.old(), "def f(): return x + 1\nx = 41")["session_id"]
    blob = fetched(server.old(), session).content
    server.stop()
    server.start().wait_ready()
    assert fetched(server.old(), session).content == blob
    assert run(server.old(), "print(f())", session)["stdout"] == "42\n"


def test_m36_the_hash_is_that_of_the_stored_bytes(old):
    answer = run(old, "x = list(range(100))")
    response = fetched(old, answer["session_id"])
    assert answer["state_hash"] == hashlib.sha256(response.content).hexdigest()
    assert response.headers["ETag"] == f'"{answer["state_hash"]}"'
    assert (answer["state_size"], response.headers["Content-Length"]) == (len(response.content), str(answer["state_size"]))
    assert response.content[0] in (1, 2)


def test_m37_parallel_runs_that_change_state_both_count(old, replica):
    session = run(old, "n = 0")["session_id"]
    clients, seen, failures = [old, old.at(replica)], [], []

    def increment(client):
        try:
            seen.append(int(run(client, "import time\nbefore = n\ntime.sleep(0.05)\nn = before + 1\nprint(n)", session)["stdout"]))
        except BaseException as failure:
            failures.append(failure)
    threads = [threading.Thread(target=increment, args=(clients[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(seen) == list(range(1, 9))
    assert run(old, "print(n)", session)["stdout"] == "8\n"


def test_state_is_per_session(old):
    first, second = run(old, "x = 1"), run(old, "x = 2")
    assert run(old, "print(x)", first["session_id"])["stdout"] == "1\n"
    assert run(old, "print(x)", second["session_id"])["stdout"] == "2\n"


def test_state_a_trivial_run_saves_none(old):
    answer = run(old, "print(1)")
    assert (answer["has_state"], answer["state_size"], answer["state_hash"], answer["state_errors"]) == (False, None, None, [])
    assert old.get(f"/state/{answer['session_id']}").status_code == 404


def test_state_other_languages_leave_it_alone(old):
    session = run(old, "x = 1")["session_id"]
    answer = old.exec("bash", "python3 -c 'print(\"x\" in globals())'", session_id=session)
    assert (answer["stdout"], answer["has_state"], answer["state_size"]) == ("False\n", False, None)
    assert run(old, "print(x)", session)["stdout"] == "1\n"


def test_m36_a_failed_run_does_not_save(old):
    session = run(old, "x = 1")["session_id"]
    before = fetched(old, session).content
    answer = old.exec("py", "x = 2\nraise ValueError('no')", session_id=session)
    assert (answer["execution_status"], answer["has_state"], answer["state_hash"]) == ("failed", False, None)
    assert fetched(old, session).content == before
    assert run(old, "print(x)", session)["stdout"] == "1\n"


def test_state_exit_zero_saves(old):
    session = run(old, "import sys\nx = 1\nsys.exit(0)")["session_id"]
    assert run(old, "print(x)", session)["stdout"] == "1\n"


def test_state_a_time_or_memory_limit_does_not_save(old):
    session = run(old, "x = 1")["session_id"]
    late = old.exec("py", "x = 2\nwhile True: pass", session_id=session, timeout=1000)
    assert (late["execution_status"], late["has_state"]) == ("timeout", False)
    hungry = old.exec("py", "x = 3\ny = bytearray(1 << 30)\nfor i in range(0, 1 << 30, 4096): y[i] = 1", session_id=session)
    assert (hungry["exit_code"] != 0, hungry["has_state"]) == (True, False)
    assert run(old, "print(x)", session)["stdout"] == "1\n"


def test_state_pickling_that_hangs_meets_the_time_limit(old):
    session = run(old, "x = 1")["session_id"]
    code = "class C:\n    def __reduce__(self):\n        while True: pass\nx = C()"
    assert old.exec("py", code, session_id=session, timeout=1000)["execution_status"] == "timeout"
    assert run(old, "print(x)", session)["stdout"] == "1\n"


def test_state_names_what_is_not_kept_and_keeps_the_rest(old):
    answer = run(old, "import threading\na = 1\n_b = 2\nlock = threading.Lock()\nlines = open('/dev/null')\ngen = (i for i in [1])")
    assert answer["has_state"] is True
    assert sorted(text.split(":")[0] for text in answer["state_errors"]) == ["gen", "lines", "lock"]
    left = run(old, "print(sorted(n for n in globals() if n[:2] != '__'))", answer["session_id"])
    assert left["stdout"] == "['a', 'threading']\n"


def test_state_deleted_names_stay_deleted(old):
    session = run(old, "x = 1\ny = 2")["session_id"]
    run(old, "del x", session)
    assert run(old, "print('x' in globals(), y)", session)["stdout"] == "False 2\n"


def test_state_is_an_event_and_part_of_the_record(old):
    first = run(old, "x = 1")
    session = first["session_id"]
    second = run(old, "x = 2", session)
    saved = [event for event in old.events(session) if event["type"] == "state.saved"]
    assert [event["data"]["sha256"] for event in saved] == [first["state_hash"], second["state_hash"]]
    assert [event["execution_id"] for event in saved] == [first["execution_id"], second["execution_id"]]
    assert old.execution(second["execution_id"])["state"] == {"before_hash": first["state_hash"], "after_hash": second["state_hash"]}
    assert old.session(session)["state"] == {"exists": True, "size_bytes": second["state_size"], "hash": second["state_hash"]}
    listed = [item for item in old.sessions() if item["session_id"] == session]
    assert [item["state"]["hash"] for item in listed] in ([], [second["state_hash"]])


def test_state_too_large_is_not_saved_and_says_so(make_server):
    client = make_server({"STATE_MAX_SIZE_MB": "1"}).old()
    session = run(client, "x = 'small'")["session_id"]
    answer = run(client, "import os\nx = os.urandom(2 << 20)", session)
    assert (answer["has_state"], answer["state_errors"]) == (False, ["state: not saved: larger than 1 MB"])
    assert answer["stderr"].splitlines() == ["Python state not saved: larger than 1 MB"]
    assert run(client, "print(x)", session)["stdout"] == "small\n"
    response = client.post(f"/state/{session}", data=b"\x01" + bytes(1 << 20))
    assert (response.status_code, response.json()["error"]) == (413, "state_too_large")
    assert response.json()["message"]


def test_state_can_be_switched_off(make_server):
    client = make_server({"STATE_PERSISTENCE_ENABLED": "false"}).old()
    answer = run(client, "x = 1")
    assert answer["has_state"] is False
    assert run(client, "print('x' in globals())", answer["session_id"])["stdout"] == "False\n"
    assert client.post(f"/state/{answer['session_id']}", data=b"\x01\x80\x05}.").status_code == 201
    assert fetched(client, answer["session_id"]).content == b"\x01\x80\x05}."


def test_state_of_a_failed_run_is_saved_when_asked(make_server):
    client = make_server({"STATE_CAPTURE_ON_ERROR": "true"}).old()
    answer = client.exec("py", "x = 1\nraise ValueError")
    assert (answer["execution_status"], answer["has_state"]) == ("failed", True)
    assert run(client, "print(x)", answer["session_id"])["stdout"] == "1\n"


def test_state_ends_with_its_life(make_server):
    client = make_server({"STATE_TTL_SECONDS": "1", "STATE_ARCHIVE_ENABLED": "false"}).old()
    session = run(client, "x = 1")["session_id"]
    # Its life is over when the server says so; how long that takes is no matter of this test.
    wait_until(lambda: client.get(f"/state/{session}").status_code == 404, 30, "the state is gone")
    assert body_of(client.get(f"/state/{session}/info"), 200)["exists"] is False
    assert run(client, "print('x' in globals())", session)["stdout"] == "False\n"


def test_state_uploaded_bytes_are_what_the_next_run_begins_with(old):
    answer = run(old, "x = 1\ndef f(): return x")
    blob = fetched(old, answer["session_id"]).content
    elsewhere = run(old, "print(0)")["session_id"]
    assert body_of(old.post(f"/state/{elsewhere}", data=blob), 201) == {"message": "state_uploaded", "size": len(blob)}
    assert run(old, "print(f())", elsewhere)["stdout"] == "1\n"


def test_state_that_is_no_pickle_begins_clean_and_says_so(old):
    session = run(old, "print(0)")["session_id"]
    for blob in (b"\x01garbage", b"\x02garbage"):
        assert old.post(f"/state/{session}", data=blob).status_code == 201
        answer = run(old, "print('x' in globals())", session)
        assert answer["stdout"] == "False\n"
        assert answer["state_errors"][0].startswith("state: not restored"), answer["state_errors"]


def test_state_whose_loading_ends_the_process_is_a_failed_run(old):
    session = run(old, "print(0)")["session_id"]
    assert old.post(f"/state/{session}", data=b"\x01cos\n_exit\n(I0\ntR.").status_code == 201
    answer = old.exec("py", "print('never')", session_id=session)
    assert (answer["execution_status"], answer["stdout"], answer["has_state"]) == ("failed", "", False)
    assert answer["code"] != 0 and answer["state_errors"]
    assert old.delete(f"/state/{session}").status_code == 204
    assert run(old, "print('again')", session)["stdout"] == "again\n"


def test_state_loading_counts_in_the_limit(old):
    session = run(old, "print(0)")["session_id"]
    assert old.post(f"/state/{session}", data=b"\x01ctime\nsleep\n(I60\ntR.").status_code == 201
    answer = old.exec("py", "print('never')", session_id=session, timeout=1000)
    assert (answer["execution_status"], answer["exit_code"]) == ("timeout", 124)


def test_state_an_upload_wins_over_a_run_that_had_not_seen_it(old, replica):
    session = run(old, "x = 'first'")["session_id"]
    blob = fetched(old, session).content
    running = threading.Thread(target=run, args=(old.at(replica), "import time\ntime.sleep(2)\nx = 'run'", session))
    count = len(old.events(session))
    running.start()
    wait_until(lambda: any(event["type"] == "execution.started" for event in old.events(session)[count:]), 30, "the run has started")
    assert old.post(f"/state/{session}", data=blob).status_code == 201
    running.join()
    assert run(old, "print(x)\nx = 'after'", session)["stdout"] == "first\n"
    assert run(old, "print(x)", session)["stdout"] == "after\n"
