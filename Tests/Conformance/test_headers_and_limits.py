"""M50: headers on every answer, limits on every request, CORS off by default."""
import http.client
import socket

import pytest

from harness import raw
from harness.fixtures import limited
from harness.shapes import UNKNOWN_ID, assert_error, assert_id, assert_security_headers

slim_server = limited({"MAX_HEADER_KB": "8"})
cors_server = limited({"ENABLE_CORS": "true", "CORS_ORIGINS": '["https://chat.example"]'})
any_cors_server = limited({"ENABLE_CORS": "true", "CORS_ORIGINS": "*"})
docless_server = limited({"ENABLE_DOCS": "false"})

JSON = {"Content-Type": "application/json"}
RUN = b'{"lang":"bash","code":"printf ok"}'

ANSWERS = {
    "200 health": ("GET", "/health", {}, b"", None, 200), "200 ready": ("GET", "/ready", {}, b"", None, 200), "200 exec": ("POST", "/exec", JSON, RUN, None, 200),
    "200 files": ("GET", f"/files/{UNKNOWN_ID}", {}, b"", None, 200), "200 head": ("HEAD", "/health", {}, b"", None, 200),
    "200 openapi": ("GET", "/openapi.json", {}, b"", None, 200), "400 json": ("POST", "/exec", JSON, b"{", None, 400),
    "400 multipart": ("POST", "/upload", JSON, b"{}", None, 400), "401": ("POST", "/exec", JSON, RUN, False, 401), "404 route": ("GET", "/nowhere", {}, b"", None, 404),
    "404 route without a key": ("GET", "/nowhere", {}, b"", False, None),
    "404 session": ("GET", f"/v1/sessions/{UNKNOWN_ID}", {}, b"", None, 404), "404 delete": ("DELETE", f"/files/{UNKNOWN_ID}/{UNKNOWN_ID}", {}, b"", None, 404),
    "404 nul": ("GET", "/nowhere%00", {}, b"", None, 404), "405": ("GET", "/exec", {}, b"", None, 405), "415": ("POST", "/exec", {"Content-Type": "text/html"}, RUN, None, 415),
    "422": ("POST", "/exec", JSON, b'{"lang":"bash"}', None, 422), "options": ("OPTIONS", "/exec", {}, b"", False, None),
    "414": ("GET", "/files/" + "x" * 9000, {}, b"", None, 414), "431": ("GET", "/health", {"X-Padding": "x" * 40_000}, b"", None, 431),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_m50_the_security_headers_are_on_every_answer(server, answer):
    method, target, headers, body, key, status = ANSWERS[answer]
    response = raw.request(server, method, target, headers, body, key)
    assert status in (None, response.status_code), (response.status_code, response.text[:300])
    assert_security_headers(response)


def test_m50_a_download_has_a_stricter_policy(old):
    upload = old.upload(("a.html", b"<script>alert(1)</script>"))
    response = old.try_download(upload["session_id"], upload["files"][0]["fileId"])
    assert_security_headers(response, policy="default-src 'none'; sandbox")


def test_m50_a_download_that_is_not_found_has_the_headers_too(old):
    response = old.try_download(UNKNOWN_ID, UNKNOWN_ID)
    assert response.status_code == 404
    assert_security_headers(response, policy=response.headers["Content-Security-Policy"])
    assert response.headers["Content-Security-Policy"] in ("default-src 'self'", "default-src 'none'; sandbox")


def test_m50_no_version_of_the_software_is_told(old):
    for path in ("/health", "/nowhere"):
        headers = old.get(path).headers
        assert not any(character.isdigit() for character in headers.get("Server", "")), headers["Server"]
        assert "X-Powered-By" not in headers and "X-Response-Time-Ms" not in headers


@pytest.mark.parametrize("length, status", [(8000, 404), (8300, 414), (60_000, 414)])
def test_m50_a_url_over_8_kib_is_a_414(server, length, status):
    target = "/nowhere?x=" + "y" * (length - 11)
    response = raw.request(server, "GET", target)
    assert response.status_code == status, response.text[:300]
    if status == 414:
        assert_error(response, 414, "validation")


@pytest.mark.parametrize("headers", [{"X-Padding": "x" * 40_000}, {f"X-Padding-{n}": "x" * 1000 for n in range(45)}, {"X-Padding": "x" * 300_000}])
def test_m50_headers_over_32_kib_are_a_431(server, headers):
    assert_error(raw.request(server, "GET", "/health", headers), 431, "validation")


def test_m50_headers_under_32_kib_pass(server):
    assert raw.request(server, "GET", "/health", {f"X-Padding-{n}": "x" * 1000 for n in range(28)}).status_code == 200


def test_m50_the_limit_of_headers_can_be_set(slim_server):
    assert raw.request(slim_server, "GET", "/health", {"X-Padding": "x" * 6_000}).status_code == 200
    assert_error(raw.request(slim_server, "GET", "/health", {"X-Padding": "x" * 10_000}), 431, "validation")


def test_m50_after_a_refused_request_the_server_serves_the_next(server):
    for _ in range(20):
        raw.request(server, "GET", "/" + "x" * 9000)
        raw.request(server, "GET", "/health", {"X-Padding": "x" * 40_000})
    assert raw.request(server, "GET", "/health").status_code == 200


@pytest.mark.parametrize("garbage", [b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"nonsense nonsense nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
                                     b"POST /exec HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"POST /exec HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
                                     b"GET /health HTTP/1.1\r\nHost : a\r\n\r\n"])
def test_m50_garbage_is_refused_and_harms_nobody(server, garbage):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except (ConnectionError, TimeoutError):
            pass
    assert not answer.startswith(b"HTTP/1.1 2") and b" 500 " not in answer.split(b"\r\n")[0], answer[:300]
    assert raw.request(server, "GET", "/health").status_code == 200


def test_m50_a_chunked_body_is_read(server):
    head = f"POST /exec HTTP/1.1\r\nHost: a\r\nX-API-Key: {server.key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(RUN[at:at + 5]), RUN[at:at + 5]) for at in range(0, len(RUN), 5)) + b"0\r\n\r\n"
    answer = raw.exchange(server, head + chunks, method="POST")
    assert (answer.status_code, answer.json()["stdout"]) == (200, "ok")


def test_m50_two_requests_on_one_connection_are_both_answered(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    ids = []
    for _ in range(3):
        connection.request("POST", "/exec", body=RUN, headers={**JSON, "X-API-Key": server.key})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        ids.append(answer.headers["X-Request-Id"])
    connection.close()
    assert len(set(ids)) == 3


def test_m50_a_connection_is_kept_open_after_an_error_that_was_fully_read(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for path in ("/nowhere", "/health"):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
    assert answer.status == 200
    connection.close()


@pytest.mark.parametrize("target", ["/%00", "/download/%00/x", "/v1/sessions/%00", "/exec%00"])
def test_m50_nul_in_a_url_is_a_404(server, target):
    assert_error(raw.request(server, "GET", target), 404, "resource_not_found")


@pytest.mark.parametrize("target", ["/%", "/%zz", "/%ff%fe", "/files/%e2%82", "/..%2f..%2fetc/passwd", "/./health", "/a/../health", "/\\health", "/files/%0d%0aX-Evil:%201"])
def test_m50_odd_urls_are_answered_without_harm(server, target):
    response = raw.request(server, "GET", target)
    assert response.status_code in (200, 400, 404), (response.status_code, response.text[:300])
    assert_security_headers(response)
    assert "X-Evil" not in response.headers


@pytest.mark.parametrize("path", ["/exec", "/v1/languages", "/health", "/nowhere", f"/files/{UNKNOWN_ID}", "/upload"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_m50_cors_is_off_by_default(server, method, path):
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    response = raw.request(server, method, path, headers)
    assert [name for name in response.headers if name.lower().startswith("access-control-")] == []


def test_m50_cors_admits_a_listed_origin_with_credentials(cors_server):
    headers = {"Origin": "https://chat.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key, content-type"}
    preflight = raw.request(cors_server, "OPTIONS", "/exec", headers, key=False)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, "https://chat.example")
    assert preflight.headers.get("Access-Control-Allow-Credentials") == "true"
    answer = raw.request(cors_server, "GET", "/v1/languages", {"Origin": "https://chat.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://chat.example"


def test_m50_cors_does_not_admit_another_origin(cors_server):
    for method, path in (("OPTIONS", "/exec"), ("GET", "/v1/languages")):
        response = raw.request(cors_server, method, path, {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
        assert response.headers.get("Access-Control-Allow-Origin") is None


def test_m50_cors_for_everybody_never_admits_credentials(any_cors_server):
    response = raw.request(any_cors_server, "GET", "/v1/languages", {"Origin": "https://chat.example"})
    assert response.headers["Access-Control-Allow-Origin"] in ("*", "https://chat.example")
    assert response.headers.get("Access-Control-Allow-Credentials") is None


def test_m50_without_docs_the_document_is_unknown(docless_server):
    assert_error(raw.request(docless_server, "GET", "/openapi.json"), 404, "resource_not_found")


def test_trap26_errors_of_outer_layers_have_a_request_id(server):
    for response in (raw.request(server, "GET", "/files/" + "x" * 9000), raw.request(server, "GET", "/health", {"X-Padding": "x" * 40_000}), raw.request(server, "PUT", "/exec")):
        assert_id(response.headers["X-Request-Id"])
        assert response.json()["request_id"] == response.headers["X-Request-Id"]


def test_trap26_every_header_byte_is_ascii(old):
    upload = old.upload(("数据 é.csv", b"x"))
    for response in (old.try_download(upload["session_id"], upload["files"][0]["fileId"]), old.try_exec("ünknown", "x"), old.get("/nowhere/数据"), old.upload_parts([])):
        assert all(name.isascii() and value.isascii() for name, value in response.headers.items()), dict(response.headers)


def test_section_13_3_a_stalled_request_body_is_a_408(make_server):
    server = make_server({"REQUEST_BODY_TIMEOUT_SECONDS": "1"})
    head = f"POST /exec HTTP/1.1\r\nHost: a\r\nX-API-Key: {server.key}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{".encode()
    assert_error(raw.exchange(server, head, method="POST", timeout=20), 408, "timeout")
