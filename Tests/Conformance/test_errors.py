"""M9: one error body everywhere."""
import pytest

from harness import multipart, raw
from harness.client import body_of
from harness.fixtures import limited
from harness.shapes import UNKNOWN_ID, assert_error

JSON = {"Content-Type": "application/json"}

small_server = limited({"MAX_JSON_BODY_MB": "1", "MAX_FILE_SIZE_MB": "1", "MAX_FILES_PER_UPLOAD": "3", "MAX_INPUT_FILES": "5"})


def test_m9_malformed_json_is_a_400(old):
    for text in ("", "{", '{"lang":"bash","code":}', "nonsense", '{"lang":"bash","code":"x"} trailing', "\ufeff{"):
        assert_error(old.post("/exec", data=text.encode(), headers=JSON), 400, "validation")


def test_m9_json_that_is_not_utf8_is_a_400(old):
    assert_error(old.post("/exec", data=b'{"lang":"bash","code":"\xff\xfe"}', headers=JSON), 400, "validation")


@pytest.mark.parametrize("text", ["[]", '"bash"', "7", "null", "[[[[]]]]"])
def test_m9_json_that_is_no_object_is_refused(old, text):
    response = old.post("/exec", data=text, headers=JSON)
    assert response.status_code in (400, 422), response.text
    assert_error(response, response.status_code, "validation")


def test_m9_deeply_nested_json_is_no_crash(old):
    response = old.post("/exec", data='{"lang":"bash","code":"printf ok","extra":' + "[" * 100_000 + "]" * 100_000 + "}", headers=JSON)
    assert response.status_code in (200, 400), response.text[:300]
    assert body_of(old.post("/exec", json={"lang": "bash", "code": "printf ok"}), 200)["stdout"] == "ok"


@pytest.mark.parametrize("code", ["", " ", "\n\t \r\n"])
def test_m9_blank_code_is_a_400_about_code(old, code):
    assert_error(old.try_exec("bash", code), 400, "validation", field="code")


def test_m9_an_unknown_language_is_a_400_that_names_it(old):
    assert_error(old.try_exec("CoBoL", "x"), 400, "validation", text="Unsupported language: CoBoL", code="unsupported_language", field="lang")


@pytest.mark.parametrize("body, field", [
    ({"lang": "bash"}, "code"), ({"lang": "bash", "code": None}, "code"), ({"lang": "bash", "code": 7}, "code"),
    ({"lang": "bash", "code": ["x"]}, "code"), ({"code": "x"}, "lang"), ({"code": "x", "lang": 7}, "lang"), ({"code": "x", "lang": None}, "lang")])
def test_m9_a_required_field_missing_or_no_string_is_a_422_about_it(old, body, field):
    assert_error(old.post("/exec", json=body), 422, "validation", field=field)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/nowhere", "/v1/nowhere/at/all", "/v1", "/exec/more", "/files", "/download/" + UNKNOWN_ID, "/sessions"])
def test_m9_an_unknown_route_is_a_404(old, method, path):
    assert_error(old.request(method, path), 404, "resource_not_found")


def test_m9_an_unknown_file_is_a_404_with_the_documented_text(old):
    assert_error(old.try_download(UNKNOWN_ID, UNKNOWN_ID), 404, "resource_not_found", text="File not found")
    assert_error(old.probe(UNKNOWN_ID, UNKNOWN_ID), 404, "resource_not_found", text="File not found")


@pytest.mark.parametrize("method, path, allowed", [
    ("GET", "/exec", "POST"), ("PUT", "/exec", "POST"), ("DELETE", "/v1/exec", "POST"), ("GET", "/upload", "POST"),
    ("PATCH", "/v1/upload", "POST"), ("POST", f"/files/{UNKNOWN_ID}", "GET"), ("PUT", f"/download/{UNKNOWN_ID}/{UNKNOWN_ID}", "GET"),
    ("POST", f"/v1/download/{UNKNOWN_ID}/{UNKNOWN_ID}", "GET"), ("POST", f"/sessions/{UNKNOWN_ID}/objects/{UNKNOWN_ID}", "DELETE"),
    ("POST", "/health", "GET"), ("DELETE", "/ready", "GET"), ("POST", "/v1/languages", "GET"), ("PUT", "/v1/sessions", "GET"),
    ("POST", f"/v1/sessions/{UNKNOWN_ID}/events", "GET"), ("DELETE", f"/v1/executions/{UNKNOWN_ID}", "GET"), ("POST", "/openapi.json", "GET")])
def test_m9_a_wrong_method_is_a_405_that_names_the_right_ones(old, method, path, allowed):
    response = old.request(method, path)
    assert_error(response, 405, "validation")
    methods = [name.strip() for name in response.headers["Allow"].split(",")]
    assert allowed in methods and method not in methods, methods


@pytest.mark.parametrize("content_type", ["application/xml", "application/x-www-form-urlencoded", "text/html", "image/png", "multipart/form-data; boundary=x"])
def test_m9_a_wrong_content_type_is_a_415(old, content_type):
    assert_error(old.post("/exec", data='{"lang":"bash","code":"true"}', headers={"Content-Type": content_type}), 415, "validation")


@pytest.mark.parametrize("content_type", [
    "application/json", "application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json", "text/plain", "text/plain;charset=UTF-8", None])
def test_m9_json_is_accepted_under_every_listed_content_type(old, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    answer = raw.request(old.server, "POST", "/exec", headers, b'{"lang":"bash","code":"printf ok"}')
    assert (answer.status_code, answer.json().get("stdout")) == (200, "ok"), answer.text


def test_m9_an_upload_that_is_not_multipart_is_a_400(old):
    for content_type in ("application/json", "text/plain", "application/octet-stream", "multipart/form-data", None):
        headers = {"Content-Type": content_type} if content_type else {}
        assert_error(raw.request(old.server, "POST", "/upload", headers, b'{"a":1}'), 400, "validation")


@pytest.mark.parametrize("body", [
    b"", b"no boundary at all", b"--b", b"--b\r\n", b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n--b', b"--other\r\n\r\nabc\r\n--other--\r\n"])
def test_m9_a_broken_multipart_body_is_a_400_and_leaves_nothing(fresh, body):
    answer = fresh.post("/upload", data=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code in (400, 422), answer.text
    assert_error(answer, answer.status_code, "validation")
    assert fresh.settled_sessions() == []


def test_m9_an_upload_without_a_file_part_is_a_422(old):
    assert_error(old.try_upload(entity_id="agent_1"), 422, "validation")
    assert_error(old.upload_parts([multipart.field_part("file", "text without a filename")]), 422, "validation")


@pytest.mark.parametrize("name", ["../a.txt", "a/../../b.txt", "..", "dir/.."])
def test_m9_an_unsafe_upload_name_is_a_400(old, name):
    assert_error(old.try_upload((name, b"x")), 400, "validation")


def test_m9_an_upload_name_with_nul_is_a_400(old):
    assert_error(old.upload_parts([multipart.file_part_extended("file", "a\0b.txt", b"x")]), 400, "validation")


def test_m9_a_bad_cursor_is_a_400(old):
    assert_error(old.get("/v1/sessions", params={"cursor": "not-a-cursor"}), 400, "validation")


def test_m9_an_argument_with_nul_is_a_400_about_args(old):
    assert_error(old.try_exec("bash", "true", args=["a\0b"]), 400, "validation", field="args")


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_m9_a_json_body_over_the_limit_is_a_413(small_server, framing):
    body = b'{"lang":"bash","code":"true","padding":"' + b"x" * 2_000_000 + b'"}'
    head = f"POST /exec HTTP/1.1\r\nHost: a\r\nX-API-Key: {small_server.key}\r\nContent-Type: application/json\r\n"
    if framing == "length":
        pieces = [f"{head}Content-Length: {len(body)}\r\n\r\n".encode(), body]
    else:
        chunks = [body[at:at + 65536] for at in range(0, len(body), 65536)]
        pieces = [f"{head}Transfer-Encoding: chunked\r\n\r\n".encode(), *(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks), b"0\r\n\r\n"]
    assert_error(raw.exchange(small_server, pieces, method="POST"), 413, "resource_exhausted")


def test_m9_a_json_body_over_the_limit_without_a_key_is_refused_too(small_server):
    body = b'{"padding":"' + b"x" * 2_000_000 + b'","api_key":"' + small_server.key.encode() + b'"}'
    head = f"POST /exec HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    answer = raw.exchange(small_server, [head, body], method="POST")
    assert answer.status_code in (401, 413), answer.text
    assert_error(answer, answer.status_code, {401: "authentication", 413: "resource_exhausted"}[answer.status_code])


def test_m9_a_file_over_the_limit_is_a_413_and_leaves_nothing(small_server):
    client = small_server.old(small_server.fresh_key())
    assert_error(client.try_upload(("fits.txt", b"x"), ("large.bin", b"x" * 1_300_000)), 413, "resource_exhausted")
    assert client.settled_sessions() == []


def test_m9_too_many_files_in_one_upload_are_a_413_and_leave_nothing(small_server):
    client = small_server.old(small_server.fresh_key())
    assert_error(client.try_upload(*[(f"{n}.txt", b"x") for n in range(4)]), 413, "resource_exhausted")
    assert client.settled_sessions() == []
    assert len(client.upload(*[(f"{n}.txt", b"x") for n in range(3)])["files"]) == 3


def test_m9_too_many_inputs_are_a_413(small_server):
    client = small_server.old()
    items = [{"id": UNKNOWN_ID, "session_id": UNKNOWN_ID, "name": f"{n}.txt"} for n in range(6)]
    assert_error(client.try_exec("bash", "true", files=items), 413, "resource_exhausted")
    assert client.exec("bash", "printf ok", files=items[:5])["stdout"] == "ok"


@pytest.mark.parametrize("path", ["/exec", "/v1/exec", "/upload", "/v1/sessions", f"/download/{UNKNOWN_ID}/{UNKNOWN_ID}"])
def test_m9_a_missing_credential_is_a_401_on_every_kind_of_route(server, path):
    method = "POST" if path.endswith(("exec", "upload")) else "GET"
    assert_error(server.anonymous().request(method, path), 401, "authentication", text="Missing API key")


def test_m9_errors_show_no_inner_life(old, server):
    texts = [old.post("/exec", data=b"{", headers=JSON).text, old.get("/nowhere").text, old.try_exec("cobol", "x").text,
             old.try_upload(("../x", b"x")).text, old.get("/v1/sessions", params={"cursor": "'; select 1"}).text,
             old.get(f"/v1/sessions/{UNKNOWN_ID}/events", params={"after": "x"}).text]
    shown = [word for word in (str(server.home), ".swift", "SELECT", "relation", "PSQLError", "Optional(", "stack") for text in texts if word in text]
    assert shown == [], texts


def test_m9_a_refused_run_creates_no_session_and_no_event(fresh):
    fresh.try_exec("cobol", "x")
    fresh.try_exec("bash", " ")
    fresh.post("/exec", json={"lang": "bash"})
    assert fresh.settled_sessions() == []
