"""Section 4.3: Idempotency-Key."""
import json
import secrets
import socket
import threading

import pytest

from harness.client import body_of
from harness.host import processes_with
from harness.ledger import finished, of_type
from harness.multipart import encode, field_part, file_part
from harness.sse import events_of, stream
from harness.waiting import in_parallel, wait_until


def new_key():
    return f"key-{secrets.token_hex(12)}"


def with_key(client, key, body, path="/exec", **options):
    return client.post(path, json=body, headers={"Idempotency-Key": key}, **options)


def upload(client, key, parts, path="/upload"):
    content_type, body = encode(parts)
    return client.post(path, data=body, headers={"Content-Type": content_type, "Idempotency-Key": key})


def test_m30_a_hundred_at_once_over_two_replicas_are_one_execution(fresh, replica):
    key, clients = new_key(), [fresh, fresh.at(replica)]
    body = {"lang": "bash", "code": "date +%s%N; echo $RANDOM > made.txt; sleep 0.5"}
    answers = in_parallel(lambda n: with_key(clients[n % 2], key, body), range(100))
    assert {answer.status_code for answer in answers} == {200}, {answer.text for answer in answers if answer.status_code != 200}
    assert len({answer.content for answer in answers}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers].count(None) == 1
    result = answers[0].json()
    events = fresh.events(result["session_id"])
    assert len(of_type(events, "execution.requested")) == len(finished(events)) == 1
    assert [s["session_id"] for s in fresh.settled_sessions()] == [result["session_id"]]
    assert fresh.execution(result["execution_id"])["idempotency_key"] == key


def test_m30_a_repetition_gets_the_recorded_answer_from_any_replica(old, replica):
    key, body = new_key(), {"lang": "py", "code": "import random\nprint(random.random())\nopen('a.txt', 'w').write('x')\nraise SystemExit(3)"}
    first = with_key(old, key, body)
    assert "Idempotency-Replayed" not in first.headers
    before = old.events(first.json()["session_id"])
    # The same value, written differently, with a credential in it, under the other prefix.
    again = old.at(replica).post("/v1/exec", data=json.dumps({"code": body["code"], "api_key": "x" * 20, "lang": "py"}, indent=2),
                                 headers={"Idempotency-Key": key, "Content-Type": "application/json"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert old.events(first.json()["session_id"]) == before
    assert again.headers["X-Execution-Id"] == first.headers["X-Execution-Id"]


def test_m30_another_body_is_a_409(old):
    key = new_key()
    with_key(old, key, {"lang": "bash", "code": "echo 1"})
    for body in {"lang": "bash", "code": "echo 2"}, {"lang": "bash", "code": "echo 1", "args": "x"}, {"lang": "cobol", "code": "echo 1"}:
        refusal = body_of(with_key(old, key, body), 409)
        assert (refusal["error_type"], refusal["details"][0]["code"]) == ("resource_conflict", "idempotency_key_reused")
    assert body_of(with_key(old, key, {"lang": "bash", "code": "echo 1"}), 200)["stdout"] == "1\n"


def test_m30_another_body_at_the_same_time_is_a_409(old, replica):
    key, clients = new_key(), [old, old.at(replica)]
    answers = in_parallel(lambda n: with_key(clients[n % 2], key, {"lang": "bash", "code": f"echo {n % 5}"}), range(20))
    winners = {answer.json()["stdout"] for answer in answers if answer.status_code == 200}
    assert len(winners) == 1 and {answer.status_code for answer in answers} == {200, 409}
    assert [answer.status_code for answer in answers].count(200) == 4


def test_m30_a_refusal_is_remembered_too(old, replica):
    key = new_key()
    first = with_key(old, key, {"lang": "cobol", "code": "x"})
    again = with_key(old.at(replica), key, {"lang": "cobol", "code": "x"})
    assert (first.status_code, again.status_code, again.content) == (400, 400, first.content)
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    assert body_of(with_key(old, key, {"lang": "bash", "code": "x"}), 409)["details"][0]["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "sch\u00f6n", "tab\there"])
def test_m30_a_key_that_breaks_the_rule_is_a_400(old, key):
    from harness.raw import request
    answer = request(old.server, "POST", "/exec", {"Idempotency-Key": key, "Content-Type": "application/json"},
                     b'{"lang":"bash","code":"true"}')
    assert answer.status_code == 400, answer.text
    if answer.json()["details"]:
        assert answer.json()["details"][0]["field"] == "Idempotency-Key"


def test_m30_a_key_belongs_to_its_owner_and_route(old, other):
    key, body = new_key(), {"lang": "bash", "code": "echo x"}
    executions = {with_key(client, key, body).json()["execution_id"] for client in (old, other)}
    assert len(executions) == 2
    parts = [file_part("file", "a.txt", b"x")]
    assert upload(old, key, parts).status_code == upload(old, key, parts, "/upload/batch").status_code == 200


def test_m30_a_client_that_left_finds_its_run_finished(fresh):
    key, marker = new_key(), f"2.{secrets.randbelow(10**12):012d}"
    body = {"lang": "bash", "code": f"sleep {marker}; echo done"}
    data = json.dumps(body).encode()
    with socket.create_connection(("127.0.0.1", fresh.server.port)) as connection:
        connection.sendall(f"POST /exec HTTP/1.1\r\nHost: a\r\nX-API-Key: {fresh.key}\r\nIdempotency-Key: {key}\r\n"
                           f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        wait_until(lambda: processes_with(marker), 15, "the run has begun")
    again = with_key(fresh, key, body)
    assert (body_of(again, 200)["stdout"], again.headers["Idempotency-Replayed"]) == ("done\n", "true")
    assert again.json()["execution_status"] == "completed"


def test_m30_a_repetition_waits_for_the_run_with_keep_alive(old, replica):
    key, body = new_key(), {"lang": "bash", "code": "sleep 5; echo done"}
    answers = []
    first = threading.Thread(target=lambda: answers.append(with_key(old, key, body)))
    first.start()
    again = with_key(old.at(replica), key, body, timeout=4)
    first.join()
    assert again.content.startswith(b" ") and again.json() == answers[0].json() and again.json()["stdout"] == "done\n"


def test_m30_a_repetition_as_events_is_one_result(old):
    key, body = new_key(), {"lang": "bash", "code": "echo x; echo y >&2"}
    first = with_key(old, key, body)
    with stream(old, body, headers={"Idempotency-Key": key}) as response:
        assert response.headers["Idempotency-Replayed"] == "true"
        assert list(events_of(response)) == [("result", first.json())]


def test_m30_a_run_given_up_in_the_queue_can_be_asked_for_again(make_server):
    client = make_server({"MAX_CONCURRENT_EXECUTIONS": "1", "EXECUTION_QUEUE_TIMEOUT_SECONDS": "1"}).old()
    session = client.exec("bash", "true")["session_id"]
    holder = threading.Thread(target=client.try_exec, args=("bash", "sleep 20"), kwargs={"session_id": session})
    holder.start()
    held = wait_until(lambda: [e["execution_id"] for e in of_type(client.events(session), "execution.claimed")][1:], 15, "the place is taken")[0]
    key, body = new_key(), {"lang": "bash", "code": "echo ran"}
    assert with_key(client, key, body).status_code == 503
    client.post(f"/v1/executions/{held}/cancel")
    holder.join()
    assert body_of(with_key(client, key, body), 200)["stdout"] == "ran\n"


# Uploads

def test_m30_an_upload_is_stored_once_whatever_its_boundary(fresh, replica):
    key = new_key()
    parts = [field_part("kind", "user"), file_part("file", "dir/ä b.txt", b"one"), file_part("other", "two.bin", b"\0" * 3_000_000)]
    clients = [fresh, fresh.at(replica)]
    answers = in_parallel(lambda n: upload(clients[n % 2], key, parts), range(8))
    assert {answer.status_code for answer in answers} == {200} and len({answer.content for answer in answers}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers].count(None) == 1
    stored = answers[0].json()
    assert [s["session_id"] for s in fresh.settled_sessions()] == [stored["session_id"]]
    assert [fresh.download(stored["session_id"], file["fileId"]) for file in stored["files"]] == [b"one", b"\0" * 3_000_000]


@pytest.mark.parametrize("changed", [
    [field_part("kind", "user"), file_part("file", "a.txt", b"two")],
    [field_part("kind", "user"), file_part("file", "b.txt", b"one")],
    [field_part("kind", "user"), file_part("files", "a.txt", b"one")],
    [field_part("kind", "agent"), file_part("file", "a.txt", b"one")],
    [field_part("kind", "user"), field_part("unknown", "x"), file_part("file", "a.txt", b"one")],
    [file_part("file", "a.txt", b"one"), field_part("kind", "user")],
])
def test_m30_another_form_is_a_409(old, changed):
    key = new_key()
    body_of(upload(old, key, [field_part("kind", "user"), file_part("file", "a.txt", b"one")]), 200)
    assert body_of(upload(old, key, changed), 409)["details"][0]["code"] == "idempotency_key_reused"


def test_m30_a_batch_is_stored_once_with_its_failures(fresh):
    key = new_key()
    parts = [file_part("file", "good.txt", b"x"), file_part("file", "../bad.txt", b"y"), file_part("file", "also.txt", b"z")]
    first, again = upload(fresh, key, parts, "/upload/batch"), upload(fresh, key, parts, "/v1/upload/batch")
    assert first.json()["message"] == "partial_success" and again.headers["Idempotency-Replayed"] == "true"
    assert (first.status_code, again.content) == (200, first.content)
    assert len(fresh.settled_sessions()) == 1


def test_m30_an_upload_without_a_file_is_remembered_as_refused(old):
    key = new_key()
    first, again = (upload(old, key, [field_part("kind", "user")]) for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (422, 422, first.content)
    assert body_of(upload(old, key, [file_part("file", "a.txt", b"x")]), 409)["details"][0]["code"] == "idempotency_key_reused"


# Secrets

def test_m52_a_key_in_a_refused_body_is_not_kept(server):
    secret = f"sk-{secrets.token_urlsafe(24)}"
    client = server.old()
    first = with_key(client, new_key(), {"lang": "cobol", "code": "x", "api_key": secret, "LIBRECHAT_CODE_API_KEY": secret})
    assert first.status_code == 400 and secret not in first.text
    assert secret not in server.log_text()


def test_m30_a_programmatic_run_starts_once_and_its_first_round_is_told_again(old, replica):
    key = new_key()
    body = {"lang": "bash", "code": "x=$(look_up '{\"q\":1}'); echo \"got $x\"", "tools": [{"name": "look_up", "parameters": {}}]}
    first = with_key(old, key, body, "/exec/programmatic")
    round_one = body_of(first, 200)
    assert round_one["status"] == "tool_call_required"
    again = with_key(old.at(replica), key, body, "/v1/exec/programmatic")
    assert again.headers["Idempotency-Replayed"] == "true" and again.json() == round_one
    other = with_key(old, key, {**body, "code": "echo other"}, "/exec/programmatic")
    assert other.status_code == 409 and other.json()["details"][0]["code"] == "idempotency_key_reused"
    results = [{"call_id": call["id"], "result": 7} for call in round_one["tool_calls"]]
    end = old.post("/exec/programmatic", json={"continuation_token": round_one["continuation_token"], "tool_results": results})
    assert body_of(end, 200)["stdout"] == "got 7\n"
    # What was answered first stays the answer, although the run has ended since.
    assert with_key(old, key, body, "/exec/programmatic").json() == round_one
    assert len(of_type(old.events(round_one["session_id"]), "execution.requested")) == 1
