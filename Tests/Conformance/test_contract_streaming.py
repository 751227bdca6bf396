"""M29: an execution as server-sent events, read as the contract states them and by nothing else."""
import pytest

from harness.eventstream import events, opened
from harness.shapes import assert_error, assert_id


def streamed(client, lang, code, comments=None, **fields):
    response = opened(client, "/exec", {"lang": lang, "code": code, **fields})
    assert response.status_code == 200, response.text
    return list(events(response, comments))


def text_of(received, name):
    return "".join(event.json.get("text", "") for event in received if event.name == name)


def test_m29_the_events_of_a_run_are_start_chunks_result(old):
    received = streamed(old, "bash", "echo one; echo two >&2; echo three")
    assert received[0].name == "start" and received[-1].name == "result"
    assert {event.name for event in received[1:-1]} == {"stdout", "stderr"}
    start, result = received[0].json, received[-1].json
    assert set(start) == {"execution_id", "session_id", "language"} and start["language"] == "bash"
    assert_id(start["execution_id"])
    assert (start["execution_id"], start["session_id"]) == (result["execution_id"], result["session_id"])
    assert (text_of(received, "stdout"), text_of(received, "stderr")) == ("one\nthree\n", "two\n") == (result["stdout"], result["stderr"])


def test_m29_the_result_has_the_fields_of_the_plain_answer(old):
    plain = old.exec("bash", "echo x; echo y > y.txt; exit 3")
    result = streamed(old, "bash", "echo x; echo y > y.txt; exit 3")[-1].json
    assert set(result) == set(plain)
    assert {key: type(value) for key, value in result.items()} == {key: type(value) for key, value in plain.items()}
    volatile = {"session_id", "execution_id", "files", "receipt", "wall_time", "duration_ms"}
    assert {key: value for key, value in result.items() if key not in volatile} == {key: value for key, value in plain.items() if key not in volatile}
    assert old.content_of(result["files"][0]) == b"y\n"


def test_m29_the_headers_forbid_buffering(old):
    response = opened(old, "/exec", {"lang": "bash", "code": "true"})
    assert response.headers["Content-Type"].split(";")[0] == "text/event-stream"
    assert (response.headers["Cache-Control"], response.headers["X-Accel-Buffering"]) == ("no-store", "no")
    assert "Content-Encoding" not in response.headers
    assert list(events(response))[-1].name == "result"


def test_m29_a_chunk_comes_while_the_run_goes_on(old):
    """The run would last 25 s; it is called off once its first words have come."""
    response = opened(old, "/exec", {"lang": "bash", "code": "echo working; sleep 25; echo never", "timeout": 30000})
    stream = events(response)
    start = next(stream).json
    first = next(stream)
    assert (first.name, first.json["text"]) == ("stdout", "working\n")
    assert old.post(f"/v1/executions/{start['execution_id']}/cancel").status_code == 202
    *_, last = stream
    assert last.name == "result" and last.json["execution_status"] == "cancelled"


def test_m29_the_numbers_of_chunks_rise(old):
    received = streamed(old, "bash", "for i in $(seq 200); do echo $i; echo -$i >&2; done")
    numbers = [event.json["seq"] for event in received if event.name in ("stdout", "stderr")]
    assert numbers == sorted(set(numbers)) or all(
        each == sorted(set(each)) for each in ([e.json["seq"] for e in received if e.name == name] for name in ("stdout", "stderr")))
    assert text_of(received, "stdout") == "".join(f"{i}\n" for i in range(1, 201))
    assert text_of(received, "stderr") == "".join(f"-{i}\n" for i in range(1, 201))


@pytest.mark.parametrize("lang, code, text, result", [
    ("bash", "printf 'a\\000\\033[1mb'", "a\0\x1b[1mb", "a\0\x1b[1mb"),
    ("bash", "printf '\\342\\202'; sleep 0.3; printf '\\254|\\377\\376'", "€|\ufffd\ufffd", "€|\ufffd\ufffd"),
    ("py", "import sys, time\nfor part in ('a\\x1b[3', '1mb\\x1b]0;ti', 'tle\\x07c'):\n    sys.stdout.write(part); sys.stdout.flush(); time.sleep(0.2)",
     "abc", "abc\n"),
    ("py", "print('x', end='')", "x", "x\n"),
    ("bash", "printf '😀é'", "😀é", "😀é"),
])
def test_m29_chunks_are_decoded_and_filtered_as_one_stream(old, lang, code, text, result):
    received = streamed(old, lang, code)
    assert (text_of(received, "stdout"), received[-1].json["stdout"]) == (text, result)


def test_m29_chunks_stop_at_the_cap_with_one_notice(old):
    received = streamed(old, "bash", "head -c 70000 /dev/zero | tr '\\0' x; echo; echo late; echo err >&2")
    chunks = [event.json for event in received if event.name == "stdout"]
    assert [chunk for chunk in chunks if chunk.get("truncated")] == [chunks[-1]] and "text" not in chunks[-1]
    assert text_of(received, "stdout") == "x" * 65536
    assert text_of(received, "stderr") == "err\n"
    assert received[-1].json["status"] == "OL"


def test_m29_silence_is_filled_with_pings(make_server):
    server, comments = make_server({"STREAM_KEEPALIVE_SECONDS": "1"}), []
    received = streamed(server.old(), "bash", "sleep 7; echo done", comments)
    assert "ping" in comments
    assert received[-1].json["stdout"] == "done\n"


@pytest.mark.parametrize("body, status, error_type", [
    ({"lang": "cobol", "code": "x"}, 400, "validation"), ({"lang": "bash", "code": " "}, 400, "validation"), ({"lang": "bash"}, 422, "validation")])
def test_m29_what_is_refused_is_an_ordinary_error(old, body, status, error_type):
    assert_error(opened(old, "/exec", body), status, error_type)


def test_m29_without_a_credential_there_is_no_stream(server):
    assert_error(opened(server.anonymous(), "/exec", {"lang": "bash", "code": "true"}), 401, "authentication")


@pytest.mark.parametrize("code, limit, status", [("echo x; exit 5", None, "failed"), ("echo x; kill -SEGV $$", None, "failed"), ("echo x; sleep 20", 1000, "timeout")])
def test_m29_a_failed_run_ends_in_a_result_too(old, code, limit, status):
    received = streamed(old, "bash", code, **({"timeout": limit} if limit else {}))
    assert [event.name for event in received if event.name in ("result", "error")] == ["result"]
    assert (received[-1].json["execution_status"], text_of(received, "stdout")) == (status, "x\n")


def test_m29_a_stream_under_the_second_prefix_is_the_same(server):
    assert streamed(server.old(prefix="/v1"), "bash", "echo x")[-1].json["stdout"] == "x\n"
