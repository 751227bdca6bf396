"""M41: events without gaps, chained by hashes that anybody can recompute; sessions and executions as the ledger shows them."""
import hashlib
from threading import Thread

import pytest

from harness.client import body_of
from harness.ledger import ZEROS, chain_faults, commitment, event_hash, finished, jcs, of_type, owner_log, position_faults
from harness.shapes import SHA256, TIME, UNKNOWN_ID, assert_error, assert_id
from harness.waiting import in_parallel, wait_until

VECTOR = {
    "v": 1, "position": 41, "session_id": "uzegdn3pBpO8YCrjK0gOm", "sequence": 1, "type": "session.created", "time": "2026-09-01T10:00:00.000Z", "execution_id": None,
    "prev_hash": ZEROS, "data_commitment": "1dc7fc41a3713e14de705e8f922113d9f3df7c1184d728af989fa4ec6bbc12de",
    "hash": "be3333ec44135f17b2a8e6d6c6067759ff6b2fce28345b870eab87183efc79f8", "erased": False,
    "data": {"actor": {"id": "key:ca978112ca1bbdca", "kind": "api_key"}, "end_user": "u-17", "entity_id": None}}


@pytest.fixture(scope="module")
def story(server):
    """A session with an upload, runs that succeed, fail and change files, and a deletion; and its events."""
    client = server.old()
    upload = client.upload(("in.txt", b"1"))
    session = upload["session_id"]
    results = [client.exec("bash", "cp in.txt out.txt", files=[client.ref(upload)], user_id="u-17"), client.exec("bash", "exit 3", session_id=session),
               client.exec("py", "print('é' * 100)", session_id=session)]
    client.delete(f"/files/{session}/{results[0]['files'][0]['id']}")
    return {"client": client, "session": session, "results": results, "events": client.events(session)}


def test_m41_our_own_hashing_reproduces_the_test_vector():
    assert commitment(bytes(range(32)), VECTOR["data"]) == VECTOR["data_commitment"]
    assert event_hash(VECTOR) == VECTOR["hash"]


def test_m41_our_own_canonical_form_follows_rfc_8785():
    value = {"\u20ac": "€\r\n\"\\\u0007", "1": [True, None, 0, -7], "\U0001f600": {}, "\ufb33": "x", "\x80": "\x7f", "é": []}
    assert jcs(value) == '{"1":[true,null,0,-7],"\x80":"\x7f","é":[],"€":"€\\r\\n\\"\\\\\\u0007","😀":{},"\ufb33":"x"}'


def test_m41_every_event_has_every_field(story):
    fields = {"v", "position", "session_id", "sequence", "type", "time", "execution_id", "prev_hash", "data_commitment", "hash", "erased", "data"}
    for event in story["events"]:
        assert fields - set(event) == set(), event
        assert event["v"] == 1 and event["erased"] is False and isinstance(event["data"], dict), event
        assert event["session_id"] == story["session"] and TIME.fullmatch(event["time"]), event
        assert SHA256.fullmatch(event["hash"]) and SHA256.fullmatch(event["data_commitment"]), event


def test_m41_the_chain_of_a_session_holds(story):
    assert chain_faults(story["events"]) == []


def test_m41_sequences_have_no_gap_and_times_do_not_run_backwards(story):
    assert [event["sequence"] for event in story["events"]] == list(range(1, len(story["events"]) + 1))
    times = [event["time"] for event in story["events"]]
    assert times == sorted(times)


def test_m41_each_execution_is_requested_before_it_starts_and_finishes_once(story):
    for result in story["results"]:
        types = [event["type"] for event in story["events"] if event["execution_id"] == result["execution_id"] and event["type"].startswith("execution.")]
        assert types[0] == "execution.requested" and types[-1] == "execution.finished", types
        assert (types.count("execution.requested"), types.count("execution.finished")) == (1, 1), types


def test_m41_a_receipt_names_the_event_that_ended_the_run(story):
    for result in story["results"]:
        [end] = finished(story["events"], result["execution_id"])
        assert result["receipt"] == {"position": end["position"], "event_hash": end["hash"]}


def test_m41_commitments_are_salted(server):
    client = server.old()
    pairs = [of_type(client.events(client.exec("bash", "true")["session_id"]), "session.created")[0] for _ in range(2)]
    assert pairs[0]["data"] == pairs[1]["data"]
    assert pairs[0]["data_commitment"] != pairs[1]["data_commitment"]


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
def test_m41_pages_of_any_size_give_the_same_events(story, limit):
    assert story["client"].events(story["session"], limit=limit) == story["events"]


def test_m41_after_starts_behind_a_position(story):
    middle = story["events"][len(story["events"]) // 2]["position"]
    page = body_of(story["client"].get(f"/v1/sessions/{story['session']}/events", params={"after": middle}), 200)
    assert page["data"] == [event for event in story["events"] if event["position"] > middle]
    beyond = body_of(story["client"].get(f"/v1/sessions/{story['session']}/events", params={"after": story["events"][-1]["position"]}), 200)
    assert beyond == {"data": [], "next_after": None}


@pytest.mark.parametrize("kind", ["session.created", "file.uploaded", "execution.requested", "execution.finished", "file.deleted"])
def test_m41_events_can_be_asked_for_by_type(story, kind):
    found = story["client"].events(story["session"], type=kind)
    assert found == of_type(story["events"], kind) and found


def test_m41_positions_of_a_whole_ledger_are_dense(make_server):
    server = make_server()
    client = server.old()
    sessions = [client.exec("bash", "true")["session_id"] for _ in range(3)]
    in_parallel(lambda number: client.exec("bash", f"echo {number} > a.txt", session_id=sessions[number % 3]), range(18))
    in_parallel(lambda number: client.exec("bash", "exit 1"), range(6))
    in_parallel(lambda number: client.upload((f"{number}.txt", b"x")), range(10))
    assert position_faults(owner_log(client)) == []


def test_m41_a_reader_never_sees_a_position_before_every_smaller_one(server):
    """While ten runs write, whatever was seen once must not get anything inserted before it."""
    client = server.old(server.fresh_key())
    session = client.exec("bash", "true")["session_id"]
    seen = []

    def read():
        positions = [event["position"] for event in client.events(session, limit=1000)]
        assert positions[:len(seen)] == seen, f"{seen} became {positions}"
        seen[:] = positions
        return len(finished(client.events(session, limit=1000))) == 11
    writers = [Thread(target=lambda: client.exec("bash", "echo x > $RANDOM.txt", session_id=session)) for _ in range(10)]
    for writer in writers:
        writer.start()
    wait_until(read, 60, "all ten runs are finished")
    for writer in writers:
        writer.join()


@pytest.mark.parametrize("after", ["x", "-1", "1.5"])
def test_m41_a_senseless_after_is_no_server_error(story, after):
    response = story["client"].get(f"/v1/sessions/{story['session']}/events", params={"after": after})
    assert response.status_code in (200, 400), response.text


def test_section_10_1_a_session_describes_itself(server):
    client = server.old(server.fresh_key())
    first = client.exec("bash", "echo 1 > a.txt; echo 22 > b.txt", user_id="u-17", entity_id="agent_1")
    client.exec("bash", "echo 333 > a.txt", session_id=first["session_id"])
    events = client.events(first["session_id"])
    session = client.session(first["session_id"])
    expected = {"session_id": first["session_id"], "status": "active", "kind": "private", "end_user": "u-17", "expires_at": None, "execution_count": 2, "file_count": 2,
                "total_file_bytes": 7, "forked_from": None, "sequence": events[-1]["sequence"], "position": events[-1]["position"], "head_hash": events[-1]["hash"]}
    assert {name: session[name] for name in expected} == expected
    assert session["state"]["exists"] is False
    assert TIME.fullmatch(session["created_at"]) and TIME.fullmatch(session["last_activity_at"])
    assert "entity_id" in session and set(session["owner"]) == {"tenant", "principal"}


def test_section_10_1_sessions_are_paged_newest_first(server):
    client = server.old(server.fresh_key())
    made = [client.exec("bash", "true")["session_id"] for _ in range(5)]
    wait_until(lambda: len(client.sessions()) == 5, 15, "the list has all five")
    listed, cursor = [], None
    for _ in range(10):
        page = body_of(client.get("/v1/sessions", params={"limit": 2, **({"cursor": cursor} if cursor else {})}), 200)
        assert len(page["data"]) <= 2
        listed += [session["session_id"] for session in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert listed == made[::-1]


def test_section_10_1_sessions_can_be_asked_for_by_end_user_and_entity(server):
    client = server.old(server.fresh_key())
    one = client.exec("bash", "true", user_id="u-1", entity_id="agent_1")["session_id"]
    two = client.exec("bash", "true", user_id="u-2")["session_id"]

    def found(**query):
        return [session["session_id"] for session in body_of(client.get("/v1/sessions", params=query), 200)["data"]]
    wait_until(lambda: len(found()) == 2, 15, "the list has both")
    assert (found(end_user="u-1"), found(end_user="u-2"), found(end_user="u-3"), found(entity_id="agent_1")) == ([one], [two], [], [one])
    assert sorted(found(status="active")) == sorted([one, two]) and found(status="deleted") == []


@pytest.mark.parametrize("path", ["/v1/sessions/{0}", "/v1/sessions/{0}/events", "/v1/executions/{0}", "/v1/executions/{0}/stdout", "/v1/executions/{0}/stderr"])
def test_section_10_an_unknown_resource_is_a_404(old, path):
    assert_error(old.get(path.format(UNKNOWN_ID)), 404, "resource_not_found")


def test_section_10_4_an_execution_tells_what_ran_and_what_came_out(old):
    upload = old.upload(("in.txt", b"abc"))
    code = "cat in.txt; echo out > out.txt; printf changed > in.txt; echo oops >&2; exit 3"
    result = old.exec("bash", code, files=[old.ref(upload)], args=["x", 1], user_id="u-17", timeout=5000)
    run = old.execution(result["execution_id"])
    expected = {"execution_id": result["execution_id"], "session_id": result["session_id"], "language": "bash", "programmatic": False, "end_user": "u-17", "attempt": 1,
                "execution_status": "failed", "termination_reason": "exited", "exit_code": 3, "signal": None, "executor": "local", "code": code, "timeout_ms": 5000,
                "inputs_missing": [], "stdout": "abc", "stderr": "oops\n", "receipt": result["receipt"], "erased": False, "truncation": result["truncation"]}
    assert {name: run[name] for name in expected} == expected
    assert run["code_sha256"] == hashlib.sha256(code.encode()).hexdigest()
    [mounted] = run["inputs"]
    assert (mounted["id"], mounted["name"], mounted["size"], mounted["sha256"], mounted["read_only"], mounted["changed"]) == (
        upload["files"][0]["fileId"], "in.txt", 3, upload["files"][0]["sha256"], False, True)
    assert [file["id"] for file in run["files"]] == [file["id"] for file in result["files"]]
    assert all(TIME.fullmatch(run[name]) for name in ("created_at", "started_at", "finished_at")), run
    for name in ("error", "queued_ms", "compile_ms", "duration_ms", "cpu_ms", "memory_peak_bytes", "sandbox_source", "toolchain", "args", "tool_calls", "state", "entity_id",
                 "idempotency_key", "files_skipped"):
        assert name in run, f"{name} is missing in {sorted(run)}"


def test_section_10_4_an_execution_can_be_watched_while_it_runs(server):
    client = server.old(server.fresh_key())
    session = client.exec("bash", "true")["session_id"]
    runner = Thread(target=lambda: client.exec("bash", "echo first; sleep 4; echo last", session_id=session))
    runner.start()
    requested = wait_until(lambda: client.events(session, type="execution.requested")[1:], 15, "the run is requested")
    execution = requested[0]["execution_id"]
    assert_id(execution)
    wait_until(lambda: client.execution(execution)["execution_status"] == "running", 15, "the run is said to run")
    runner.join()
    assert client.execution(execution)["execution_status"] == "completed"
    assert client.get(f"/v1/executions/{execution}/stdout").text == "first\nlast\n"
