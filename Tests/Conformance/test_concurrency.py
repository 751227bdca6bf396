"""Section 5.9: runs side by side in one session, and many callers at once."""
from harness.client import body_of
from harness.ledger import chain_faults, finished
from harness.waiting import in_parallel


def test_concurrency_twenty_runs_of_one_session_lose_no_version(old):
    session = old.exec("bash", "echo seed > seed.txt")["session_id"]
    results = in_parallel(lambda n: old.exec("bash", f"cat seed.txt; echo {n} > own-{n}.txt; echo {n} > shared.txt", session_id=session), range(20))
    assert {result["session_id"] for result in results} == {session}
    assert [result["stdout"] for result in results] == ["seed\n"] * 20
    listed = {file["id"]: file["filename"] for file in old.files(session)}
    for number, result in enumerate(results):
        written = {file["name"]: file["id"] for file in result["files"]}
        assert {f"own-{number}.txt", "shared.txt"} <= set(written), written
        for name in (f"own-{number}.txt", "shared.txt"):
            assert old.download(session, written[name]) == f"{number}\n".encode()
            assert listed.get(written[name]) == name
    assert len([name for name in listed.values() if name == "shared.txt"]) == 20


def test_concurrency_the_version_committed_last_becomes_current(old):
    session = old.exec("bash", "true")["session_id"]
    results = in_parallel(lambda n: old.exec("bash", f"echo {n} > shared.txt", session_id=session), range(20))
    last = max(range(20), key=lambda n: results[n]["receipt"]["position"])
    assert old.exec("bash", "cat shared.txt", session_id=session)["stdout"] == f"{last}\n"


def test_concurrency_the_events_of_twenty_runs_have_no_gap(old):
    session = old.exec("bash", "true")["session_id"]
    results = in_parallel(lambda n: old.exec("bash", f"echo {n} > {n}.txt; exit {n}", session_id=session), range(20))
    events = old.events(session, limit=1000)
    assert chain_faults(events) == []
    for number, result in enumerate(results):
        assert result["exit_code"] == number
        [end] = finished(events, result["execution_id"])
        assert end["hash"] == result["receipt"]["event_hash"]


def test_concurrency_both_replicas_serve_one_session(old, replica):
    session = old.exec("bash", "true")["session_id"]
    clients = [old, old.at(replica)]
    results = in_parallel(lambda n: clients[n % 2].exec("bash", f"echo {n} > {n}.txt", session_id=session), range(20))
    assert len({result["execution_id"] for result in results}) == 20
    assert sorted(file["filename"] for file in old.files(session)) == sorted(f"{n}.txt" for n in range(20))
    assert chain_faults(clients[1].events(session, limit=1000)) == []


def test_concurrency_a_hundred_callers_are_all_served(old):
    results = in_parallel(lambda n: old.exec("bash", f"printf {n}"), range(100))
    assert [result["stdout"] for result in results] == [str(n) for n in range(100)]


def test_concurrency_a_file_deleted_during_a_run_stays_deleted(old):
    upload = old.upload(("a.txt", b"abc"))
    session, file = upload["session_id"], upload["files"][0]["fileId"]

    def run_or_delete(what):
        return old.exec("bash", "cat a.txt 2> /dev/null; true", session_id=session) if what == "run" else old.delete(f"/files/{session}/{file}")
    answers = in_parallel(run_or_delete, ["run", "delete", "run", "delete", "run"])
    assert sorted(answer.status_code for answer in (answers[1], answers[3])) == [200, 404]
    assert old.exec("bash", "ls", session_id=session)["stdout"] == ""


def test_concurrency_parallel_uploads_each_get_their_own_session(old):
    uploads = in_parallel(lambda n: old.upload((f"{n}.txt", b"%d" % n)), range(30))
    assert len({upload["session_id"] for upload in uploads}) == 30
    assert [old.download(upload["session_id"], upload["files"][0]["fileId"]) for upload in uploads] == [b"%d" % n for n in range(30)]


def test_concurrency_a_full_queue_is_a_503_that_says_when_to_retry(make_server):
    client = make_server({"MAX_CONCURRENT_EXECUTIONS": "1", "EXECUTION_QUEUE_MAX": "2", "STREAM_KEEPALIVE_SECONDS": "0"}).old()
    responses = in_parallel(lambda _: client.try_exec("bash", "sleep 1; printf ok"), range(12))
    statuses = [response.status_code for response in responses]
    assert set(statuses) <= {200, 503} and 503 in statuses and 200 in statuses, statuses
    for response in responses:
        if response.status_code == 503:
            body = response.json()
            assert (body["error_type"], int(response.headers["Retry-After"]) >= 1) == ("service_unavailable", True), body
        else:
            assert body_of(response, 200)["stdout"] == "ok"
