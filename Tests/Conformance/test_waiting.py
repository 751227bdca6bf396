"""Sections 5.9, 5.10 and 10.4: how a run waits, and how it is called off. No figure of time is asserted but the limits the
client itself sets."""
import contextlib
import json
import secrets
import socket
import threading

import pytest
import requests

from harness.client import body_of
from harness.host import processes_with
from harness.ledger import finished, of_type
from harness.raw import exchange
from harness.waiting import in_parallel, wait_until

# A run that lasts until it is told to end: nothing here waits for a time to pass.
HOLD = "until test -e /tmp/never; do sleep 0.05; done #"


def raw_exec(client, body, version="1.1", headers=()):
    data = json.dumps(body).encode()
    lines = [f"POST /exec HTTP/{version}", "Host: a", f"X-API-Key: {client.key}", "Content-Type: application/json",
             f"Content-Length: {len(data)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


@contextlib.contextmanager
def hanging_up(client, body, headers=()):
    """A client that has sent its request and leaves at the end of the block without an answer."""
    with socket.create_connection(("127.0.0.1", client.server.port)) as connection:
        connection.sendall(raw_exec(client, body, headers=headers))
        yield


def last_execution(client, session):
    requests_of_session = of_type(client.events(session), "execution.requested")
    return requests_of_session[-1]["execution_id"] if requests_of_session else None


def status_of(client, execution):
    return client.execution(execution)["execution_status"]


@contextlib.contextmanager
def occupied(client, count=1):
    """`count` runs of the client that hold their places until the end of the block."""
    marker = f"hold-{secrets.token_hex(8)}"
    sessions = [client.exec("bash", "true")["session_id"] for _ in range(count)]
    threads = [threading.Thread(target=client.try_exec, args=("bash", HOLD + marker), kwargs={"session_id": session, "timeout": 30000})
               for session in sessions]
    for thread in threads:
        thread.start()
    try:
        held = [wait_until(lambda: next((event["execution_id"] for event in of_type(client.events(session), "execution.started")
                                         if status_of(client, event["execution_id"]) == "running"), None), 20, "the place is taken")
                for session in sessions]
        yield held
    finally:
        for execution in held:
            client.post(f"/v1/executions/{execution}/cancel")
        for thread in threads:
            thread.join()


# Keep-alive

@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_m28_a_run_of_ten_seconds_reaches_a_client_with_an_idle_limit_of_five(server, prefix):
    client = server.old().with_prefix(prefix)
    try:
        response = client.post("/exec", json={"lang": "bash", "code": "sleep 10; echo done"}, timeout=5)
    except requests.RequestException as problem:
        raise AssertionError(f"the client gave up waiting: {problem}") from None
    assert response.status_code == 200 and response.headers["Content-Type"] == "application/json"
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert response.content.startswith(b"  ") and response.content.lstrip(b" ").startswith(b"{")
    assert not {"X-Execution-Id", "X-Session-Id"} & set(response.headers)
    result = response.json()
    assert (result["stdout"], result["execution_status"], result["exit_code"]) == ("done\n", "completed", 0)


def test_m28_a_quick_answer_has_no_space_before_it(old):
    response = old.try_exec("bash", "echo x")
    assert response.content.startswith(b"{") and "Content-Length" in response.headers
    assert response.headers["X-Execution-Id"] == response.json()["execution_id"]
    assert response.headers["X-Session-Id"] == response.json()["session_id"]


def test_m28_what_is_refused_is_refused_with_a_status(old):
    for body, status in ({"lang": "cobol", "code": "x"}, 400), ({"lang": "bash"}, 422), ({"lang": "bash", "code": " "}, 400):
        assert old.post("/exec", json=body).status_code == status
    assert old.server.anonymous().try_exec("bash", "true").status_code == 401


def test_m28_a_client_of_http_1_0_gets_its_answer_in_one_piece(old):
    answer = exchange(old.server, raw_exec(old, {"lang": "bash", "code": "sleep 4; echo done"}, version="1.0"))
    assert (answer.status_code, answer.json()["stdout"]) == (200, "done\n")
    assert answer.content.startswith(b"{") and answer.headers["Transfer-Encoding"] is None


def test_m28_zero_seconds_send_nothing_before_the_answer(make_server):
    client = make_server({"STREAM_KEEPALIVE_SECONDS": "0"}).old()
    response = client.try_exec("bash", "sleep 4; echo done")
    assert response.content.startswith(b"{") and response.headers["X-Execution-Id"] == response.json()["execution_id"]


# Waiting in the queue

def test_queue_a_run_that_no_executor_takes_in_time_is_a_503_and_never_runs(make_server):
    client = make_server({"MAX_CONCURRENT_EXECUTIONS": "1", "EXECUTION_QUEUE_TIMEOUT_SECONDS": "1"}).old()
    session = client.exec("bash", "true")["session_id"]
    with occupied(client):
        response = client.try_exec("bash", "touch ran.txt", session_id=session)
        body = body_of(response, 503)
        assert (body["error_type"], int(response.headers["Retry-After"]) >= 1) == ("service_unavailable", True), body
        [end] = finished(client.events(session), last_execution(client, session))
        assert (end["data"]["status"], end["data"]["reason"], end["data"]["started_at"]) == ("error", "infrastructure", None)
    assert client.exec("bash", "ls", session_id=session)["stdout"] == ""


def test_queue_waiting_too_long_behind_a_keep_alive_takes_the_error_form(make_server):
    client = make_server({"MAX_CONCURRENT_EXECUTIONS": "1", "EXECUTION_QUEUE_TIMEOUT_SECONDS": "2", "STREAM_KEEPALIVE_SECONDS": "1"}).old()
    with occupied(client):
        response = client.try_exec("bash", "true")
    assert response.status_code == 200 and response.content.startswith(b" ")
    result = response.json()
    assert (result["execution_status"], result["termination_reason"], result["stdout"], result["files"]) == ("error", "infrastructure", "", [])
    assert result["stderr"] == "Execution failed: no executor was free within 2 seconds"
    assert (result["error_type"], result["status"]) == ("service_unavailable", None) and isinstance(result["error"], str)
    assert result["receipt"]["position"] > 0


def test_queue_a_flood_of_one_owner_does_not_starve_another(make_server):
    server = make_server({"MAX_CONCURRENT_EXECUTIONS": "2", "EXECUTION_QUEUE_TIMEOUT_SECONDS": "120"})
    flooding, patient = server.old(), server.old(server.other_key)
    done = []
    threads = [threading.Thread(target=lambda: done.append(("flood", flooding.try_exec("bash", "sleep 0.5").status_code))) for _ in range(40)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(done) >= 2, 30, "the flood has begun")
    for _ in range(3):
        patient.exec("bash", "true")
    behind = len([entry for entry in done if entry[0] == "flood"])
    for thread in threads:
        thread.join()
    # Three runs one after another, each behind at most what was running when it came.
    assert behind < 30, f"{behind} of 40 runs of the flood went first"
    assert {status for _, status in done} == {200}


# Clients that leave

def test_disconnect_cancels_a_running_run_on_whichever_replica_runs_it(fresh, replica):
    marker = f"20.{secrets.randbelow(10**12):012d}"
    session = fresh.exec("bash", "true")["session_id"]
    with hanging_up(fresh, {"lang": "bash", "code": f"echo before; sleep {marker}", "session_id": session}):
        wait_until(lambda: processes_with(marker), 15, "the run has begun")
    end = wait_until(lambda: finished(fresh.events(session))[1:], 15, "the run has been cancelled")[0]
    record = fresh.at(replica).execution(end["execution_id"])
    assert (record["execution_status"], record["termination_reason"], record["exit_code"]) == ("cancelled", "client_disconnected", None)
    assert record["stdout"] == "before\n" and record["stderr"] == "Execution cancelled"
    assert processes_with(marker) == []


def test_disconnect_ends_a_queued_run_that_nobody_holds(make_server):
    client = make_server({"MAX_CONCURRENT_EXECUTIONS": "1"}).old()
    session = client.exec("bash", "true")["session_id"]
    first = last_execution(client, session)
    with occupied(client):
        with hanging_up(client, {"lang": "bash", "code": "touch ran.txt", "session_id": session}):
            queued = wait_until(lambda: last_execution(client, session) != first and last_execution(client, session), 15, "it is queued")
        [end] = wait_until(lambda: finished(client.events(session), queued), 15, "it has ended")
        assert (end["data"]["status"], end["data"]["reason"], end["data"]["attempt"]) == ("cancelled", "client_disconnected", 0)
    assert client.exec("bash", "ls", session_id=session)["stdout"] == ""


def test_disconnect_is_not_minded_when_that_is_switched_off(make_server):
    client = make_server({"CANCEL_ON_DISCONNECT": "false"}).old()
    marker = f"2.{secrets.randbelow(10**12):012d}"
    session = client.exec("bash", "true")["session_id"]
    with hanging_up(client, {"lang": "bash", "code": f"sleep {marker}; echo done > done.txt", "session_id": session}):
        wait_until(lambda: processes_with(marker), 15, "the run has begun")
    wait_until(lambda: finished(client.events(session))[1:], 30, "the run has ended")
    assert client.exec("bash", "cat done.txt", session_id=session)["stdout"] == "done\n"


def test_disconnect_of_a_client_that_was_kept_alive_cancels_too(make_server):
    client = make_server({"STREAM_KEEPALIVE_SECONDS": "1"}).old()
    session = client.exec("bash", "true")["session_id"]
    with requests.post(client.server.url + "/exec", headers=client.headers, stream=True,
                       json={"lang": "bash", "code": "sleep 25", "session_id": session}) as response:
        assert next(response.iter_content(1)) == b" "
    [_, end] = wait_until(lambda: finished(client.events(session))[1:] and finished(client.events(session)), 15, "the run has been cancelled")
    assert end["data"]["reason"] == "client_disconnected"


# Cancelling by call

def test_cancel_of_a_running_run_answers_its_caller_and_kills_it(fresh, replica):
    marker = f"25.{secrets.randbelow(10**12):012d}"
    session = fresh.exec("bash", "true")["session_id"]
    answers = []
    caller = threading.Thread(target=lambda: answers.append(fresh.try_exec("bash", f"echo out; touch made.txt; sleep {marker}", session_id=session)))
    caller.start()
    wait_until(lambda: processes_with(marker), 15, "the run has begun")
    execution = last_execution(fresh, session)
    wait_until(lambda: status_of(fresh, execution) == "running", 15, "its start is recorded")
    assert body_of(fresh.at(replica).post(f"/v1/executions/{execution}/cancel"), 202) == {"execution_id": execution, "execution_status": "running"}
    caller.join()
    result = body_of(answers[0], 200)
    assert (result["execution_status"], result["termination_reason"], result["exit_code"]) == ("cancelled", "cancelled", None)
    assert (result["stdout"], result["stderr"], result["message"], result["files"]) == ("out\n", "Execution cancelled", "Execution cancelled", [])
    assert processes_with(marker) == []
    assert body_of(fresh.post(f"/v1/executions/{execution}/cancel"), 200) == {"execution_id": execution, "execution_status": "cancelled"}
    assert len(finished(fresh.events(session), execution)) == 1
    assert fresh.exec("bash", "ls", session_id=session)["stdout"] == ""


def test_cancel_of_a_queued_run_ends_it_unrun(make_server):
    client = make_server({"MAX_CONCURRENT_EXECUTIONS": "1"}).old()
    session = client.exec("bash", "true")["session_id"]
    first = last_execution(client, session)
    answers = []
    with occupied(client):
        caller = threading.Thread(target=lambda: answers.append(client.try_exec("bash", "touch ran.txt", session_id=session)))
        caller.start()
        queued = wait_until(lambda: last_execution(client, session) != first and last_execution(client, session), 15, "it is queued")
        assert status_of(client, queued) == "queued"
        assert body_of(client.post(f"/v1/executions/{queued}/cancel"), 200) == {"execution_id": queued, "execution_status": "cancelled"}
        caller.join()
    result = body_of(answers[0], 200)
    assert (result["execution_status"], result["exit_code"], result["stdout"]) == ("cancelled", None, "")
    assert client.exec("bash", "ls", session_id=session)["stdout"] == ""


def test_cancel_of_a_finished_run_tells_how_it_ended(old):
    result = old.exec("bash", "exit 3")
    before = old.events(result["session_id"])
    assert body_of(old.post(f"/v1/executions/{result['execution_id']}/cancel"), 200) == {
        "execution_id": result["execution_id"], "execution_status": "failed"}
    assert old.events(result["session_id"]) == before


def test_cancel_of_a_foreign_run_is_of_an_unknown_one(old, other):
    execution = old.exec("bash", "true")["execution_id"]
    foreign, unknown = (other.post(f"/v1/executions/{id}/cancel") for id in (execution, "A" * 21))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["error"] == unknown.json()["error"]


def test_cancel_by_many_at_once_leaves_one_end(fresh):
    session = fresh.exec("bash", "true")["session_id"]
    caller = threading.Thread(target=fresh.try_exec, args=("bash", "sleep 20"), kwargs={"session_id": session})
    caller.start()
    execution = wait_until(lambda: next((event["execution_id"] for event in of_type(fresh.events(session), "execution.started")
                                         if status_of(fresh, event["execution_id"]) == "running"), None), 15, "it runs")
    answers = in_parallel(lambda _: fresh.post(f"/v1/executions/{execution}/cancel"), range(10))
    caller.join()
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len(finished(fresh.events(session), execution)) == 1
