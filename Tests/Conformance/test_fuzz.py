"""M9: no bytes that a client can send make the server crash, hang or answer with an error of its own.

Each property runs over fixed seeds, and with FUZZ_SECONDS in the environment over new ones for that long; a failure names
its seed. What the parsers make of their input is fuzzed without a network between in the Swift tests.
"""
import json
import os
import random
import socket
import string
import time

import pytest

from harness import raw
from harness.fixtures import limited
from harness.multipart import encode, field_part, file_part
from harness.shapes import TIME
from harness.waiting import wait_until

quick = limited({"MAX_EXECUTION_TIME": "1"})

SEEDS = 100


def seeds():
    yield from range(SEEDS)
    end = time.monotonic() + int(os.environ.get("FUZZ_SECONDS", "0"))
    seed = random.SystemRandom().randrange(SEEDS, 1 << 40)
    while time.monotonic() < end:
        yield seed
        seed += 1


def text(noise, length):
    alphabets = [string.printable, "äé€😀\u0301\u200b\ud7ff", "\0\x1b\x7f\r\n\t", "\"'\\/%=;:,.-_", "abcABC019"]
    return "".join(noise.choice(noise.choice(alphabets)) for _ in range(noise.randrange(length)))


def value(noise, depth=3):
    kind = noise.randrange(9 if depth else 7)
    if kind < 3:
        return noise.choice([None, True, False, 0, -1, 1.5, 1e308, 1 << 70, "", "bash", "py", "\ud800"])
    if kind < 7:
        return text(noise, 12)
    if kind == 7:
        return [value(noise, depth - 1) for _ in range(noise.randrange(4))]
    return {text(noise, 6): value(noise, depth - 1) for _ in range(noise.randrange(4))}


def mutated(noise, body):
    body = bytearray(body)
    for _ in range(noise.randrange(1, 5)):
        at = noise.randrange(len(body) + 1)
        match noise.randrange(4):
            case 0: body[at:at + 1] = bytes([noise.randrange(256)])
            case 1: del body[at:at + noise.randrange(1, 9)]
            case 2: body[at:at] = body[noise.randrange(len(body) + 1):][:noise.randrange(1, 30)]
            case _: body[at:at] = noise.randbytes(noise.randrange(1, 4))
    return bytes(body)


def check(seed, answer, sent):
    """Any answer but one of the server's own failures; and an error has the one body."""
    assert answer.status_code < 500, (seed, answer.status_code, answer.text[:300], sent)
    if answer.status_code >= 400:
        body = answer.json()
        assert {"error", "error_type", "details", "request_id", "timestamp"} <= set(body) and TIME.fullmatch(body["timestamp"]), (seed, body)


def alive(server):
    assert server.process.poll() is None and server.old().exec("bash", "printf alive")["stdout"] == "alive"


def test_m9_any_json_to_exec_is_answered(quick):
    client = quick.old()
    names = ["lang", "language", "code", "args", "files", "session_id", "entity_id", "user_id", "timeout", "runtime_session_hint", "id", "name", "storage_session_id"]
    for seed in seeds():
        noise = random.Random(seed)
        body = {name: value(noise) for name in noise.sample(names, noise.randrange(len(names)))}
        if noise.random() < 0.6:
            body |= {"lang": noise.choice(["bash", "BASH", "sh"]), "code": "printf x", "timeout": noise.choice([1000, "x", -1])}
        if noise.random() < 0.3:
            body["files"] = [{name: value(noise, 1) for name in noise.sample(names, 4)} for _ in range(noise.randrange(4))]
        encoded = json.dumps(body).encode()
        if noise.random() < 0.3:
            encoded = mutated(noise, encoded)
        check(seed, client.post("/exec", data=encoded, headers={"Content-Type": "application/json"}), encoded)
    alive(quick)


@pytest.mark.parametrize("path", ["/upload", "/upload/batch"])
def test_m9_any_form_to_an_upload_is_answered(quick, path):
    client = quick.old()
    for seed in seeds():
        noise = random.Random(seed)
        parts = [field_part(text(noise, 8).replace('"', ""), text(noise, 8)) for _ in range(noise.randrange(3))]
        parts += [file_part("file", text(noise, 20).replace("\r", "").replace("\n", ""), noise.randbytes(noise.randrange(50))) for _ in range(noise.randrange(3))]
        content_type, body = encode(parts, "b" * noise.randrange(1, 20))
        if noise.random() < 0.6:
            body = mutated(noise, body)
        check(seed, client.post(path, data=body, headers={"Content-Type": content_type}), body)
    alive(quick)


def test_m9_any_cursor_range_and_condition_is_answered(quick):
    client = quick.old()
    result = client.exec("bash", "echo x > x.txt; echo y")
    session, file = result["session_id"], result["files"][0]["id"]
    for seed in seeds():
        noise = random.Random(seed)
        junk = text(noise, 20)
        header = "".join(character for character in junk if 32 <= ord(character) < 127).strip()
        for path, parameters, headers in [
            ("/v1/sessions", {"cursor": junk, "limit": text(noise, 4)}, {}), (f"/v1/sessions/{session}/events", {"after": junk, "type": junk}, {}),
            (f"/v1/executions/{result['execution_id']}/stdout", {}, {"Range": noise.choice(["bytes=", "bytes=-", "", "bytes=0-"]) + header}),
            (f"/download/{session}/{file}", {junk: junk}, {"If-None-Match": header, "Range": "bytes=" + header}),
            (f"/sessions/{session}/objects/{file}", {"kind": junk, "id": junk, "version": junk}, {}), (f"/files/{session}", {"detail": junk, "current": junk}, {}),
        ]:
            answer = client.get(path, params=parameters, headers=headers)
            if answer.status_code >= 400 and answer.status_code != 416:
                check(seed, answer, (path, parameters, headers))
            assert answer.status_code < 500, (seed, path, parameters, headers, answer.text)
    alive(quick)


def test_m50_any_bytes_on_a_connection_harm_nobody(quick):
    requests = [b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /exec HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-API-Key: %b\r\n\r\n5\r\n{\"a\":\r\n0\r\n\r\n" % quick.key.encode(),
                b"GET //v1///files/%2e%2e/x HTTP/1.0\r\nAuthorization: Basic =\r\n\r\n"]
    for seed in seeds():
        noise = random.Random(seed)
        with socket.create_connection(("127.0.0.1", quick.port), timeout=30) as connection:
            connection.sendall(mutated(noise, noise.choice(requests)))
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
            except ConnectionResetError:
                pass
        assert not answer.startswith(b"HTTP/1.1 5") or answer.startswith((b"HTTP/1.1 501", b"HTTP/1.1 505")), (seed, answer[:300])
    assert raw.request(quick, "GET", "/health").status_code == 200
    wait_until(lambda: quick.status_of("/ready") == 200, 10, "the server is ready")
    alive(quick)
