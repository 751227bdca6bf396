"""Section 5.11: POST /exec with Accept: text/event-stream."""
import json
import threading

import pytest
import requests

from harness.client import body_of
from harness.ledger import finished, of_type
from harness.sse import events_of, joined, stream
from harness.waiting import wait_until


def run_all(client, body, **options):
    with stream(client, body, **options) as response:
        return list(events_of(response))


def without_times(result):
    return {name: value for name, value in result.items() if name not in ("wall_time", "duration_ms", "receipt", "execution_id", "session_id")}


def test_m29_the_result_is_the_plain_answer_and_comes_last(old):
    body = {"lang": "py", "code": "import sys\nprint('out')\nprint('err', file=sys.stderr)\nopen('a.txt', 'w').write('x')"}
    events = run_all(old, body)
    names = [name for name, _ in events if name != "ping"]
    assert names[0] == "start" and names[-1] == "result" and names.count("result") == 1 and set(names) == {"start", "stdout", "stderr", "result"}
    start, result = events[0][1], events[-1][1]
    assert start == {"execution_id": result["execution_id"], "session_id": result["session_id"], "language": "py"}
    assert (joined(events, "stdout"), joined(events, "stderr")) == ("out\n", "err\n")
    plain = old.exec("py", body["code"])
    assert set(plain) == set(result)
    drop = ("files", "stdout")
    assert {k: v for k, v in without_times(plain).items() if k not in drop} == {k: v for k, v in without_times(result).items() if k not in drop}
    assert [file["name"] for file in result["files"]] == ["a.txt"]
    assert old.content_of(result["files"][0]) == b"x"


def test_m29_headers(old):
    with stream(old, {"lang": "bash", "code": "true"}) as response:
        assert (response.headers["Cache-Control"], response.headers["X-Accel-Buffering"]) == ("no-store", "no")
        assert response.headers["X-Execution-Id"] and response.headers["X-Session-Id"]
        assert [name for name, _ in events_of(response)][-1] == "result"


@pytest.mark.parametrize("where", ["here", "on whichever replica runs it"])
def test_m29_pieces_come_while_the_program_runs(old, replica, where):
    """The program waits for a word that is only said when its first line has arrived here."""
    client = old if where == "here" else old.at(replica)
    session = client.exec("bash", "true")["session_id"]
    with stream(client, {"lang": "bash", "code": "echo one; echo bad >&2; sleep 20; echo two", "session_id": session, "timeout": 30000}) as response:
        events = events_of(response)
        seen = []
        while joined(seen, "stdout") != "one\n" or joined(seen, "stderr") != "bad\n":
            seen.append(next(events))
        assert [name for name, _ in seen if name == "result"] == []
        execution = seen[0][1]["execution_id"]
        # What is stored so far can be read meanwhile, from any replica.
        record = wait_until(lambda: (lambda r: r["execution_status"] == "running" and r)(old.execution(execution)), 15, "it runs")
        assert record["idempotency_key"] is None
        partial = old.get(f"/v1/executions/{execution}/stdout")
        assert (partial.status_code, partial.content, partial.headers["X-Output-Truncated"]) == (200, b"one\n", "false")
        assert partial.headers["X-Output-Total-Bytes"] == "4"
        assert old.get(f"/v1/executions/{execution}/stdout", headers={"Range": "bytes=1-2"}).content == b"ne"
        assert body_of(old.post(f"/v1/executions/{execution}/cancel"), 202)["execution_status"] == "running"
        seen += list(events)
    result = seen[-1][1]
    assert (result["execution_status"], result["stdout"], joined(seen, "stdout")) == ("cancelled", "one\n", "one\n")
    assert result["stderr"] == "bad\nExecution cancelled"


def test_m29_sequence_numbers_ascend_over_both_streams(old):
    events = run_all(old, {"lang": "bash", "code": "for n in $(seq 30); do echo $n; echo e$n >&2; sleep 0.02; done"})
    numbers = [data["seq"] for name, data in events if name in ("stdout", "stderr")]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 2
    assert joined(events, "stdout") == "".join(f"{n}\n" for n in range(1, 31)) == events[-1][1]["stdout"]
    assert joined(events, "stderr") == "".join(f"e{n}\n" for n in range(1, 31))


def test_m29_a_silent_run_is_kept_alive_by_pings(old):
    events = run_all(old, {"lang": "bash", "code": "sleep 7"})
    assert [name for name, _ in events].count("ping") >= 2
    assert events[-1][0] == "result"


def test_m29_text_is_filtered_as_in_the_plain_answer(old):
    code = r"""
import sys, time
out = sys.stdout.buffer
for piece in [b'  \n ', b'\x1b[3', b'1mred\x1b[0m caf\xc3', b'\xa9 \xf0\x9f', b'\x98\x80 \xff bell\x07', b' end']:
    out.write(piece); out.flush(); time.sleep(0.12)
"""
    events = run_all(old, {"lang": "py", "code": code})
    assert joined(events, "stdout") == "  \n red café 😀 � bell end"
    assert events[-1][1]["stdout"] == joined(events, "stdout") + "\n"


def test_m29_bash_is_verbatim(old):
    events = run_all(old, {"lang": "bash", "code": r"printf 'a\0b\033[1m'; sleep 0.2; printf ' \n'"})
    assert joined(events, "stdout") == "a\0b\x1b[1m \n" == events[-1][1]["stdout"]


def test_m29_a_stream_of_white_space_is_no_event_outside_bash(old):
    events = run_all(old, {"lang": "py", "code": "import time\nprint('  ', flush=True)\ntime.sleep(0.3)\nprint()"})
    assert [name for name, _ in events if name == "stdout"] == [] and events[-1][1]["stdout"] == ""


def test_m29_the_cap_is_told_once(old):
    events = run_all(old, {"lang": "py", "code": "import time\nfor n in range(8):\n    print('x' * 10_000, flush=True)\n    time.sleep(0.06)"})
    pieces = [data for name, data in events if name == "stdout"]
    assert [piece for piece in pieces if "truncated" in piece] == [{"seq": pieces[-1]["seq"], "truncated": True}]
    text = joined(events, "stdout")
    assert len(text) == 65_536 and events[-1][1]["stdout"].startswith(text) and events[-1][1]["status"] == "OL"


def test_m29_what_shows_nothing_for_long_does_not_hide_what_follows(old):
    """More escape sequences than are recorded while the program runs; then a word."""
    events = run_all(old, {"lang": "py", "code": "import sys\nfor _ in range(40):\n    sys.stdout.write('\\x1b[0m' * 10_000)\nprint('word')"})
    assert joined(events, "stdout") == "word\n" == events[-1][1]["stdout"]


def test_m29_what_is_refused_is_plain_json(old):
    for body, status in ({"lang": "cobol", "code": "x"}, 400), ({"lang": "bash"}, 422):
        response = old.post("/exec", json=body, headers={"Accept": "text/event-stream"})
        assert (response.status_code, response.headers["Content-Type"]) == (status, "application/json")
        assert response.json()["error_type"] == "validation"


def test_m29_giving_up_in_the_queue_is_an_error_event(make_server):
    client = make_server({"MAX_CONCURRENT_EXECUTIONS": "1", "EXECUTION_QUEUE_TIMEOUT_SECONDS": "1"}).old()
    session = client.exec("bash", "true")["session_id"]
    holder = threading.Thread(target=client.try_exec, args=("bash", "sleep 20"), kwargs={"session_id": session})
    holder.start()
    held = wait_until(lambda: [e["execution_id"] for e in of_type(client.events(session), "execution.claimed")][1:], 15, "the place is taken")[0]
    events = [event for event in run_all(client, {"lang": "bash", "code": "true"}) if event[0] != "ping"]
    client.post(f"/v1/executions/{held}/cancel")
    holder.join()
    assert [name for name, _ in events] == ["start", "error"]
    assert events[-1][1]["error_type"] == "service_unavailable" and events[-1][1]["details"] is None


def test_m29_leaving_cancels_the_run(fresh):
    session = fresh.exec("bash", "true")["session_id"]
    with requests.post(fresh.server.url + "/exec", headers={**fresh.headers, "Accept": "text/event-stream"}, stream=True,
                       json={"lang": "bash", "code": "echo x; sleep 25", "session_id": session}) as response:
        assert next(events_of(response))[0] == "start"
    [_, end] = wait_until(lambda: finished(fresh.events(session))[1:] and finished(fresh.events(session)), 15, "it has been cancelled")
    assert (end["data"]["status"], end["data"]["reason"]) == ("cancelled", "client_disconnected")


def test_m29_only_who_asks_for_it_has_output_in_the_ledger(old):
    plain = old.exec("bash", "echo x; sleep 0.3")
    assert of_type(old.events(plain["session_id"]), "execution.output") == []
    result = run_all(old, {"lang": "bash", "code": "echo x; sleep 0.3"})[-1][1]
    [output] = of_type(old.events(result["session_id"]), "execution.output")
    assert (output["data"]["stream"], output["data"]["offset"]) == ("stdout", 0)
    assert json.dumps(result["stdout"]) == '"x\\n"'
