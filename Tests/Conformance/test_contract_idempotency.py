"""M30: one Idempotency-Key is one deed, whoever repeats it, wherever and however."""
import json
import secrets
import socket

import pytest

from harness.client import body_of
from harness.eventstream import events
from harness.multipart import encode, field_part, file_part
from harness.shapes import assert_error
from harness.waiting import in_parallel, wait_until

COUNT = "echo run; date +%s%N; echo made > made.txt"


@pytest.fixture
def key():
    return "key " + secrets.token_urlsafe(12)


def run(client, key, path="/exec", **body):
    return client.post(path, json={"lang": "bash", "code": COUNT, **body}, headers={"Idempotency-Key": key})


def upload(client, key, *files, path="/upload", boundary=None, **fields):
    content_type, body = encode([field_part(*item) for item in fields.items()] + [file_part("file", *file) for file in files], boundary)
    return client.post(path, data=body, headers={"Content-Type": content_type, "Idempotency-Key": key})


def executions(client, session):
    return [event for event in client.events(session) if event["type"] == "execution.requested"]


def replayed(response):
    return response.headers.get("Idempotency-Replayed") == "true"


def test_m30_a_repeated_run_gets_the_recorded_answer(old, key):
    first, second = run(old, key), run(old, key)
    assert (first.status_code, second.status_code, replayed(first), replayed(second)) == (200, 200, False, True)
    assert first.json() == second.json()
    assert len(executions(old, first.json()["session_id"])) == 1


def test_m30_a_hundred_callers_on_two_replicas_get_one_execution(fresh, replica, key):
    clients = [fresh, fresh.at(replica)] * 50
    answers = in_parallel(lambda client: run(client, key), clients)
    assert {answer.status_code for answer in answers} == {200}
    assert len({json.dumps(answer.json(), sort_keys=True) for answer in answers}) == 1
    assert len(executions(fresh, answers[0].json()["session_id"])) == 1
    assert len([1 for session in fresh.settled_sessions()]) == 1


def test_m30_another_body_is_a_conflict(old, key):
    assert run(old, key).status_code == 200
    assert_error(run(old, key, code="echo other"), 409, "resource_conflict", code="idempotency_key_reused")
    assert_error(run(old, key, timeout=5000), 409, "resource_conflict", code="idempotency_key_reused")


def test_m30_spelling_order_and_credentials_make_no_other_body(server, old, key):
    first = run(old, key)
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    respelled = old.post("/exec", data=json.dumps({"code": COUNT, "lang": "bash"}, indent=3).replace("echo", "\\u0065cho"), headers=headers)
    assert (respelled.status_code, replayed(respelled), respelled.json()) == (200, True, first.json())
    for field in ("LIBRECHAT_CODE_API_KEY", "api_key", "apiKey"):
        with_key = server.anonymous().post("/exec", json={"lang": "bash", "code": COUNT, field: server.key}, headers=headers)
        assert (with_key.status_code, replayed(with_key), with_key.json()) == (200, True, first.json()), field


def test_m30_both_prefixes_are_one_route(old, key):
    first, second = run(old, key), run(old, key, path="/v1/exec")
    assert replayed(second) and first.json() == second.json()


def test_m30_the_key_of_another_owner_is_another_key(old, other, key):
    first, second = run(old, key), run(other, key, code="echo other")
    assert (second.status_code, replayed(second), second.json()["stdout"]) == (200, False, "other\n")
    assert first.json()["session_id"] != second.json()["session_id"]


def test_m30_the_key_on_another_route_is_another_key(old, key):
    assert run(old, key).status_code == 200
    for path in ("/upload", "/upload/batch"):
        response = upload(old, key, ("a.txt", b"a"), path=path)
        assert (response.status_code, replayed(response)) == (200, False), path


def test_m30_a_refusal_is_recorded_like_an_answer(old, key):
    first, second = run(old, key, lang="cobol"), run(old, key, lang="cobol")
    assert (first.status_code, second.status_code, replayed(second)) == (400, 400, True)
    assert second.json()["error"] == first.json()["error"]


def test_m30_a_missing_credential_is_not_recorded(server, old, key):
    assert run(server.anonymous(), key).status_code == 401
    assert not replayed(run(old, key))


@pytest.mark.parametrize("bad", ["x" * 256, "", "tab\there", "caf\u00e9"])
def test_m30_a_malformed_key_is_a_400(old, bad):
    response = old.post("/exec", json={"lang": "bash", "code": "true"}, headers={"Idempotency-Key": bad.encode("utf-8").decode("latin-1")})
    assert_error(response, 400, "validation")


def test_m30_the_longest_key_is_taken(old):
    key = secrets.token_hex(4) + " ~!\"#$%&'()" * 25
    key = key[:255].rstrip().ljust(255, "x")
    assert run(old, key).json() == run(old, key).json()


@pytest.mark.parametrize("path", ["/upload", "/upload/batch"])
def test_m30_an_upload_retried_with_another_boundary_is_the_same(fresh, key, path):
    files = [("a.txt", b"a"), ("d/ü.txt", b"b" * 300_000)]
    first = upload(fresh, key, *files, path=path, boundary="one", kind="user", id="u1")
    second = upload(fresh, key, *files, path=path, boundary="two-other-boundary", kind="user", id="u1")
    assert (first.status_code, second.status_code, replayed(second)) == (200, 200, True)
    assert first.json() == second.json()
    assert [session["file_count"] for session in fresh.settled_sessions()] == [2]


@pytest.mark.parametrize("change", [dict(files=[("a.txt", b"b")]), dict(files=[("b.txt", b"a")]), dict(files=[("a.txt", b"a")], kind="agent"),
                                    dict(files=[("a.txt", b"a"), ("a.txt", b"a")])])
def test_m30_an_upload_of_anything_else_is_a_conflict_and_leaves_nothing(fresh, key, change):
    first = body_of(upload(fresh, key, ("a.txt", b"a")), 200)
    change = dict(change)
    assert_error(upload(fresh, key, *change.pop("files"), **change), 409, "resource_conflict", code="idempotency_key_reused")
    assert [session["session_id"] for session in fresh.settled_sessions()] == [first["session_id"]]


def test_m30_uploads_in_parallel_store_once(fresh, replica, key):
    answers = in_parallel(lambda client: upload(client, key, ("a.txt", b"abc")), [fresh, fresh.at(replica)] * 10)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["session_id"] for answer in answers}) == 1
    assert len(fresh.settled_sessions()) == 1


def test_m30_a_lost_connection_does_not_cancel_and_the_retry_gets_the_result(server, fresh, key):
    session = fresh.exec("bash", "true")["session_id"]
    body = json.dumps({"lang": "bash", "code": "sleep 3; echo survived", "session_id": session}).encode()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(f"POST /exec HTTP/1.1\r\nHost: x\r\nX-API-Key: {fresh.key}\r\nIdempotency-Key: {key}\r\n"
                           f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        wait_until(lambda: [event for event in fresh.events(session) if event["type"] == "execution.started"][1:], 30, "the run has started")
    retry = fresh.post("/exec", data=body, headers={"Content-Type": "application/json", "Idempotency-Key": key})
    assert (retry.status_code, retry.json()["stdout"], retry.json()["execution_status"]) == (200, "survived\n", "completed")
    assert len(executions(fresh, session)) == 2


def test_m30_an_event_stream_of_a_finished_run_is_its_result(old, key):
    first = run(old, key).json()
    response = old.post("/exec", json={"lang": "bash", "code": COUNT}, headers={"Idempotency-Key": key, "Accept": "text/event-stream"}, stream=True)
    (only,) = events(response)
    assert (only.name, only.json, replayed(response)) == ("result", first, True)


def test_m30_the_execution_tells_its_key(old, key):
    assert old.execution(run(old, key).json()["execution_id"])["idempotency_key"] == key


def test_m30_a_recorded_answer_outlives_a_restart(make_server, key):
    server = make_server()
    first = run(server.old(), key)
    server.stop()
    server.start().wait_ready()
    second = run(server.old(), key)
    assert (second.status_code, second.json(), replayed(second)) == (200, first.json(), True)
