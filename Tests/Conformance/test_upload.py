"""M31: uploads in every form that clients send."""
import hashlib
import re
import socket

import pytest

from harness import raw
from harness.client import body_of
from harness.multipart import encode, field_part, file_part, file_part_extended, streamed
from harness.shapes import SHA256, assert_error, assert_id


@pytest.mark.parametrize("field", ["file", "files", "files[]", "file0", "document", "anything at all", "f"])
def test_m31_any_field_name_may_carry_the_file(old, field):
    upload = body_of(old.try_upload(("a.txt", b"abc"), field=field), 200)
    assert old.download(upload["session_id"], upload["files"][0]["fileId"]) == b"abc"


def test_m31_the_reply_speaks_both_dialects(old):
    content = b"a,b\n1,2\n"
    upload = old.upload(("data.csv", content))
    assert upload["message"] == "success"
    assert upload["session_id"] == upload["storage_session_id"]
    assert_id(upload["session_id"])
    [file] = upload["files"]
    assert_id(file["fileId"])
    assert (file["filename"], file["size"], file["sha256"]) == ("data.csv", 8, hashlib.sha256(content).hexdigest())


def test_m31_several_files_in_one_request_share_a_session_in_their_order(old):
    contents = {f"{n}.txt": b"%d" % n for n in (3, 1, 2)}
    upload = old.upload(*contents.items())
    assert [file["filename"] for file in upload["files"]] == ["3.txt", "1.txt", "2.txt"]
    assert [old.download(upload["session_id"], file["fileId"]) for file in upload["files"]] == [b"3", b"1", b"2"]


def test_m31_files_under_different_field_names_are_all_taken(old):
    upload = body_of(old.upload_parts([file_part("file", "a.txt", b"1"), file_part("more", "b.txt", b"2"), file_part("file", "c.txt", b"3")]), 200)
    assert [file["filename"] for file in upload["files"]] == ["a.txt", "b.txt", "c.txt"]


def test_m31_zero_bytes_are_a_file(old):
    upload = old.upload(("empty.txt", b""))
    assert (upload["files"][0]["size"], upload["files"][0]["sha256"]) == (0, hashlib.sha256(b"").hexdigest())
    response = old.try_download(upload["session_id"], upload["files"][0]["fileId"])
    assert (response.content, response.headers["Content-Length"]) == (b"", "0")
    assert old.exec("bash", "stat -c %s empty.txt", files=[old.ref(upload)])["stdout"] == "0\n"


@pytest.mark.parametrize("content", [b"\r\n", b"--", b"\r\n--", b"x\r\n--almost", bytes(range(256)) * 300, b"\r\n" * 50_000, b"-" * 100_000, b"\0" * 70_000])
def test_m31_any_bytes_arrive_unchanged(old, content):
    upload = old.upload(("a.bin", content))
    assert upload["files"][0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert old.download(upload["session_id"], upload["files"][0]["fileId"]) == content


def test_m31_content_that_nearly_repeats_the_boundary_arrives_unchanged(old):
    content = b"\r\n--boundar\r\n--boundary_\r\n-boundary--" * 3000
    content_type, body = encode([file_part("file", "a.bin", content)], boundary="boundaryx")
    upload = body_of(old.post("/upload", data=body, headers={"Content-Type": content_type}), 200)
    assert old.download(upload["session_id"], upload["files"][0]["fileId"]) == content


@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_m31_150_mb_are_streamed_in_mounted_and_streamed_out(old, framing):
    block, count = bytes(range(250)) * 4000, 150
    digest = hashlib.sha256(block * count).hexdigest()
    content_type, body = streamed({"kind": "user"}, "file", "large.bin", block, count)
    headers = {"Content-Type": content_type}
    upload = body_of(old.post("/upload", data=body if framing == "length" else iter(body), headers=headers, timeout=300), 200)
    assert (upload["files"][0]["size"], upload["files"][0]["sha256"]) == (150_000_000, digest)
    result = old.exec("bash", "sha256sum < large.bin | cut -c1-64", files=[old.ref(upload)])
    assert result["stdout"] == digest + "\n", result["stderr"]
    received = hashlib.sha256()
    with old.get(f"/download/{upload['session_id']}/{upload['files'][0]['fileId']}", stream=True) as response:
        assert response.headers["Content-Length"] == "150000000"
        for piece in response.iter_content(1 << 20):
            received.update(piece)
    assert received.hexdigest() == digest


@pytest.mark.parametrize("name", ["数据.csv", "é à.txt", "dir/数据.csv", "😀.txt"])
def test_m31_utf8_names_arrive_raw_and_extended(old, name):
    for part in (file_part("file", name, b"abc"), file_part_extended("file", name, b"abc")):
        upload = body_of(old.upload_parts([part]), 200)
        assert upload["files"][0]["filename"] == name


@pytest.mark.parametrize("head", [
    'form-data; name=file; filename=token.txt', 'form-data; filename="token.txt"; name="file"', 'FORM-DATA; NAME="file"; FILENAME="token.txt"',
    'form-data;name="file";filename="token.txt"'])
def test_m31_the_disposition_may_be_written_in_any_legal_way(old, head):
    upload = body_of(old.upload_parts([[f"content-disposition: {head}\r\n\r\n".encode(), b"abc"]]), 200)
    assert upload["files"][0]["filename"] == "token.txt"


def test_m31_the_boundary_may_be_quoted_and_stand_after_a_preamble(old):
    _, body = encode([file_part("file", "a.txt", b"abc")], boundary="b c")
    response = old.post("/upload", data=b"preamble\r\n" + body + b"\r\nepilogue", headers={"Content-Type": 'multipart/form-data; charset=utf-8; boundary="b c"'})
    assert body_of(response, 200)["files"][0]["size"] == 3


def test_m31_fields_may_follow_the_file(old):
    parts = [file_part("file", "a.txt", b"abc"), field_part("kind", "skill"), field_part("id", "skill_1"), field_part("version", "2"), field_part("read_only", "true")]
    upload = body_of(old.upload_parts(parts), 200)
    [file] = old.files(upload["session_id"])
    assert (file["kind"], file["resource_id"], str(file["version"]), file["read_only"]) == ("skill", "skill_1", "2", True)
    assert old.session(upload["session_id"])["kind"] == "shared"


@pytest.mark.parametrize("fields, kind", [
    ({}, "private"), ({"kind": "user"}, "private"), ({"kind": "nonsense"}, "private"), ({"kind": "user", "version": "7"}, "private"), ({"entity_id": ""}, "private"),
    ({"kind": "agent", "id": "agent_1"}, "shared"), ({"kind": "skill", "id": "s", "version": "1"}, "shared"), ({"entity_id": "agent_1"}, "shared")])
def test_m31_the_form_decides_whether_the_session_is_shared(old, fields, kind):
    upload = old.upload(("a.txt", b"abc"), **fields)
    assert old.session(upload["session_id"])["kind"] == kind


def test_m31_unknown_fields_are_ignored(old):
    assert old.upload(("a.txt", b"abc"), user_id="x", whatever="y", **{"": "z"})["message"] == "success"


def test_m31_a_client_that_waits_for_100_continue_is_served(old):
    content_type, body = encode([file_part("file", "a.txt", b"abc")])
    with socket.create_connection(("127.0.0.1", old.server.port), timeout=30) as connection:
        connection.sendall(f"POST /upload HTTP/1.1\r\nHost: a\r\nX-API-Key: {old.key}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
                           "Expect: 100-continue\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert re.search(rb"HTTP/1\.1 200", answer), answer[:300]


@pytest.mark.parametrize("bad", [("../evil.txt", b"x"), ("dir/../../evil.txt", b"x")])
def test_m31_one_unsafe_file_fails_the_whole_upload_and_leaves_nothing(fresh, bad):
    assert_error(fresh.try_upload(("good.txt", b"abc"), bad, ("also-good.txt", b"abc")), 400, "validation")
    assert fresh.settled_sessions() == []


def test_m31_an_upload_cut_off_in_the_middle_leaves_nothing(fresh):
    content_type, body = encode([file_part("file", "good.txt", b"abc"), file_part("file", "cut.bin", b"x" * 1_000_000)])
    with socket.create_connection(("127.0.0.1", fresh.server.port)) as connection:
        connection.sendall(f"POST /upload HTTP/1.1\r\nHost: a\r\nX-API-Key: {fresh.key}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:500_000])
    later = fresh.upload(("later.txt", b"abc"))
    assert [session["session_id"] for session in fresh.settled_sessions()] == [later["session_id"]]


@pytest.mark.parametrize("count, status", [(200, 200), (201, 413)])
def test_m31_two_hundred_files_fit_in_one_upload(fresh, count, status):
    response = fresh.try_upload(*[(f"{n}.txt", b"%d" % n) for n in range(count)])
    if status == 200:
        assert len(body_of(response, 200)["files"]) == 200
    else:
        assert_error(response, 413, "resource_exhausted")
        assert fresh.settled_sessions() == []


def test_m31_two_files_of_one_name_are_both_kept_and_the_last_is_current(old):
    upload = old.upload(("same.txt", b"1"), ("same.txt", b"2"))
    assert len({file["fileId"] for file in upload["files"]}) == 2
    assert [old.download(upload["session_id"], file["fileId"]) for file in upload["files"]] == [b"1", b"2"]
    assert old.exec("bash", "cat same.txt", session_id=upload["session_id"])["stdout"] == "2"


def test_m31_equal_files_in_two_uploads_are_two_files(old):
    one, two = old.upload(("a.txt", b"abc")), old.upload(("a.txt", b"abc"))
    assert one["files"][0]["fileId"] != two["files"][0]["fileId"]
    assert SHA256.fullmatch(one["files"][0]["sha256"]) and one["files"][0]["sha256"] == two["files"][0]["sha256"]


def test_m31_the_upload_of_an_http_1_0_client_is_served(old):
    content_type, body = encode([file_part("file", "a.txt", b"abc")])
    head = f"POST /upload HTTP/1.0\r\nX-API-Key: {old.key}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    answer = raw.exchange(old.server, head.encode() + body, method="POST")
    assert (answer.status_code, answer.json()["message"]) == (200, "success")
