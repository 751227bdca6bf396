"""M1, M2: both prefixes, doubled and trailing slashes, methods, ids."""
import socket

import pytest

from harness import raw
from harness.client import body_of
from harness.shapes import UNKNOWN_ID, assert_error, assert_id, is_id

SPELLINGS = ["{0}", "/v1{0}", "/{0}", "/v1/{0}/", "{0}/", "//v1//{0}", "/v1{0}//"]

READS = ["/health", "/ready", f"/files/{UNKNOWN_ID}", f"/download/{UNKNOWN_ID}/{UNKNOWN_ID}", f"/sessions/{UNKNOWN_ID}/objects/{UNKNOWN_ID}"]
REMOVALS = [f"/files/{UNKNOWN_ID}/{UNKNOWN_ID}", f"/sessions/{UNKNOWN_ID}/objects/{UNKNOWN_ID}"]


def essence(answer):
    """An answer without its request id and times."""
    text = answer.content
    for name in ("request_id", "timestamp"):
        try:
            value = answer.json().get(name)
        except (ValueError, AttributeError):
            value = None
        if value:
            text = text.replace(value.encode(), name.encode())
    return answer.status_code, answer.headers.get("Content-Type"), text


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("route", READS)
def test_m1_reads_answer_alike_however_the_path_is_spelled(server, route, spelling):
    assert essence(raw.request(server, "GET", spelling.format(route))) == essence(raw.request(server, "GET", route))


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("route", REMOVALS)
def test_m1_deletes_answer_alike_however_the_path_is_spelled(server, route, spelling):
    assert essence(raw.request(server, "DELETE", spelling.format(route))) == essence(raw.request(server, "DELETE", route))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_m1_exec_runs_however_the_path_is_spelled(server, spelling):
    body = b'{"lang":"bash","code":"printf hello"}'
    answer = raw.request(server, "POST", spelling.format("/exec"), {"Content-Type": "application/json"}, body)
    assert (answer.status_code, answer.json().get("stdout")) == (200, "hello"), answer.text


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_m1_upload_stores_however_the_path_is_spelled(server, spelling):
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc\r\n--b--\r\n'
    answer = raw.request(server, "POST", spelling.format("/upload"), {"Content-Type": "multipart/form-data; boundary=b"}, body)
    assert (answer.status_code, answer.json().get("message")) == (200, "success"), answer.text


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_m1_download_preflight_answers_however_the_path_is_spelled(server, spelling):
    answer = raw.request(server, "OPTIONS", spelling.format(f"/download/{UNKNOWN_ID}/{UNKNOWN_ID}"), key=False)
    assert answer.status_code == 204, answer.text


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_m1_a_file_goes_through_its_whole_life_under_either_prefix(server, prefix):
    client = server.old().with_prefix(prefix)
    upload = client.upload(("a.txt", b"abc"))
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    result = client.exec("bash", "cat a.txt", files=[client.ref(upload)])
    assert result["stdout"] == "abc"
    assert [item["id"] for item in client.files(session)] == [file]
    assert client.download(session, file) == b"abc"
    assert client.probe(session, file).status_code == 200
    assert client.delete(f"/files/{session}/{file}").status_code == 200
    assert client.try_download(session, file).status_code == 404


@pytest.mark.parametrize("path", ["/EXEC", "/Exec", "/V1/exec", "/Health", "/v1/Languages"])
def test_m1_paths_are_case_sensitive(old, path):
    assert_error(old.get(path), 404, "resource_not_found")


@pytest.mark.parametrize("path", ["/v1/openapi.json", "/v1/v1/exec", "/languages"])
def test_m1_routes_without_a_second_prefix_have_none(old, path):
    assert_error(old.get(path), 404, "resource_not_found")


def test_m1_a_percent_encoded_path_is_decoded_once(old):
    upload = old.upload(("a.txt", b"abc"))
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    encoded = "".join(f"%{byte:02X}" for byte in file.encode())
    doubly = encoded.replace("%", "%25")
    assert old.download(session, file) == b"abc"
    assert raw.request(old.server, "GET", f"/download/{session}/{encoded}").content == b"abc"
    assert_error(raw.request(old.server, "GET", f"/download/{session}/{doubly}"), 404, "resource_not_found")


def test_m1_an_encoded_slash_inside_an_id_makes_it_unknown(old):
    upload = old.upload(("a.txt", b"abc"))
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    assert_error(raw.request(old.server, "GET", f"/download/{session}%2F{file}"), 404, "resource_not_found")
    answer = raw.request(old.server, "GET", f"/files/{session}%2F")
    assert (answer.status_code, answer.json()) == (200, []), answer.text


@pytest.mark.parametrize("malformed", ["x", "id-with-too-few", "A" * 22, "A" * 300, "AAAAAAAAAAAAAAAAAAAA.", "%C3%A9", "..."])
def test_m1_a_malformed_id_in_a_path_is_unknown_and_never_a_400(old, malformed):
    assert old.files(malformed) == []
    for path in (f"/download/{malformed}/{malformed}", f"/sessions/{malformed}/objects/{malformed}",
                 f"/v1/sessions/{malformed}", f"/v1/sessions/{malformed}/events", f"/v1/executions/{malformed}"):
        assert_error(raw.request(old.server, "GET", path), 404, "resource_not_found")
    for path in (f"/files/{malformed}/{malformed}", f"/sessions/{malformed}/objects/{malformed}"):
        assert_error(raw.request(old.server, "DELETE", path), 404, "resource_not_found")


@pytest.mark.parametrize("path", ["/health", "/ready", "/v1/health", "/v1/languages", "/v1/sessions", f"/files/{UNKNOWN_ID}", "/openapi.json"])
def test_m1_head_works_where_get_does(server, path):
    get, head = raw.request(server, "GET", path), raw.request(server, "HEAD", path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/exec", f"/download/{UNKNOWN_ID}/{UNKNOWN_ID}", f"/v1/sessions/{UNKNOWN_ID}", "/x" * 5000])
def test_m1_nothing_follows_the_headers_of_an_answer_to_head(server, path):
    """A body there would be taken for the next answer."""
    request = f"HEAD {path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {server.key}\r\nConnection: close\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 ") and answer.partition(b"\r\n\r\n")[2] == b"", answer[-300:]


@pytest.mark.parametrize("path", ["/exec", "/v1/exec", "/upload", f"/files/{UNKNOWN_ID}", "/v1/sessions"])
def test_m1_options_needs_no_credentials(server, path):
    answer = raw.request(server, "OPTIONS", path, key=False)
    assert answer.status_code < 500 and answer.status_code not in (401, 403), (answer.status_code, answer.text)


def test_m1_every_request_id_is_kept_if_it_is_well_formed(old):
    answer = old.get("/v1/languages", headers={"X-Request-Id": "trace_1-of-3"})
    assert answer.headers["X-Request-Id"] == "trace_1-of-3"


@pytest.mark.parametrize("given", ["with space", "x" * 65, "semi;colon"])
def test_m1_a_malformed_request_id_is_replaced_by_a_new_one(old, given):
    answer = old.get("/v1/languages", headers={"X-Request-Id": given})
    assert answer.status_code == 200
    assert_id(answer.headers["X-Request-Id"])


def test_m1_languages_sessions_and_openapi_answer(old):
    assert isinstance(body_of(old.get("/v1/languages"), 200)["languages"], list)
    assert isinstance(body_of(old.get("/v1/sessions"), 200)["data"], list)
    document = body_of(old.server.anonymous().get("/openapi.json"), 200)
    assert document["openapi"].startswith("3.1"), document["openapi"]
    missing = {"/exec", "/v1/exec", "/upload", "/files/{session_id}", "/v1/languages", "/health"} - set(document["paths"])
    assert not missing, sorted(document["paths"])


def test_m2_every_id_matches_the_pattern(old):
    upload = old.upload(("a.txt", b"1"), ("b.txt", b"2"))
    response = old.try_exec("bash", "cat a.txt > c.txt; cp b.txt d.txt", files=[old.ref(upload, 0), old.ref(upload, 1)])
    result = body_of(response, 200)
    failed = old.get("/nowhere")
    ids = {
        "upload session": upload["session_id"], "upload storage": upload["storage_session_id"],
        "run session": result["session_id"], "execution": result["execution_id"],
        "header execution": response.headers["X-Execution-Id"], "header session": response.headers["X-Session-Id"],
        "header request": response.headers["X-Request-Id"], "error request": failed.json()["request_id"],
        **{f"uploaded {number}": file["fileId"] for number, file in enumerate(upload["files"])},
        **{f"written {file['name']}": file["id"] for file in result["files"]},
        **{f"event {event['position']}": event["session_id"] for event in old.events(result["session_id"])},
    }
    assert {what: value for what, value in ids.items() if not is_id(value)} == {}


def test_m2_ids_are_not_reused(old):
    results = [old.exec("bash", "echo x > x.txt") for _ in range(10)]
    ids = [value for result in results for value in (result["session_id"], result["execution_id"], result["files"][0]["id"])]
    assert len(set(ids)) == 30, ids
