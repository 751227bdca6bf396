"""M32: many files in one request, each taken or refused by itself."""
import hashlib

import pytest

from harness.client import body_of
from harness.fixtures import limited
from harness.multipart import encode, field_part, file_part
from harness.shapes import assert_error, assert_id

small = limited({"MAX_FILE_SIZE_MB": "1", "MAX_FILES_PER_UPLOAD": "4", "MAX_TOTAL_FILE_SIZE_MB": "2", "MAX_FILES_PER_SESSION": "3"})

MEGABYTE = 1 << 20


def batch(client, *files, **fields):
    return client.upload_parts([field_part(name, value) for name, value in fields.items()] + [file_part("file", name, content) for name, content in files],
                               path="/upload/batch")


def test_m32_two_hundred_files_of_a_skill_arrive_with_their_names(new):
    files = {f"pdf/scripts/{n:03}/x.py": b"print(%d)\n" % n for n in range(200)}
    body = body_of(batch(new, *files.items(), kind="skill", id="skill_1", version="7", read_only="true"), 200)
    assert (body["message"], body["succeeded"], body["failed"]) == ("success", 200, 0)
    assert body["session_id"] == body["storage_session_id"] and "filesLimitReached" not in body
    assert [(item["status"], item["filename"]) for item in body["files"]] == [("success", name) for name in files]
    for item in body["files"]:
        assert_id(item["fileId"])
        assert set(item) == {"status", "fileId", "filename"}
    listed = new.files(body["session_id"], kind="skill", id="skill_1", version="7")
    assert {item["filename"]: item["etag"] for item in listed} == {name: f'"{hashlib.sha256(content).hexdigest()}"' for name, content in files.items()}
    assert all(item["read_only"] and item["kind"] == "skill" for item in listed)
    run = new.exec("bash", "cat pdf/scripts/000/x.py pdf/scripts/199/x.py; find . -type f | wc -l",
                   files=[new.item(item["fileId"], body["session_id"], item["filename"], kind="skill", resource_id="skill_1", version="7") for item in body["files"]])
    assert run["stdout"] == "print(0)\nprint(199)\n200\n", run


@pytest.mark.parametrize("name", ["e\u0301/\u6570\u636e 1.txt", "./a/b.txt", "/abs.txt", "dir\\win.txt"])
def test_m32_the_name_comes_back_byte_for_byte(old, name):
    body = body_of(batch(old, (name, b"x"), ("b.txt", b"y")), 200)
    assert body["files"][0]["filename"].encode() == name.encode()


def test_m32_large_and_small_files_are_all_stored(old):
    contents = [bytes([n]) * size for n, size in enumerate((0, 1, 200_000, 300_000, 5_000_000, 255 << 10, 257 << 10))]
    body = body_of(batch(old, *((f"{n}.bin", content) for n, content in enumerate(contents))), 200)
    assert [old.download(body["session_id"], item["fileId"]) for item in body["files"]] == contents


def test_m32_what_cannot_be_taken_fails_alone(small):
    client = small.old()
    body = body_of(batch(client, ("a.txt", b"first"), ("big.bin", b"x" * (MEGABYTE + 1)), ("../evil", b"x"), ("a.txt", b"second")), 200)
    assert (body["message"], body["succeeded"], body["failed"]) == ("partial_success", 2, 2)
    assert [item["status"] for item in body["files"]] == ["success", "error", "error", "success"]
    assert body["files"][1] == {"status": "error", "filename": "big.bin", "error": "File size limit exceeded"}
    assert body["files"][2]["filename"] == "../evil" and body["files"][2]["error"]
    assert [item["filename"] for item in client.files(body["session_id"])] == ["a.txt", "a.txt"]


def test_m32_a_refused_file_does_not_replace_an_earlier_one_of_its_name(small):
    client = small.old()
    body = body_of(batch(client, ("a.bin", b"kept"), ("a.bin", b"x" * (MEGABYTE + 1)), ("b.bin", b"x" * MEGABYTE)), 200)
    assert [item["status"] for item in body["files"]] == ["success", "error", "success"]
    assert client.exec("bash", "cat a.bin", session_id=body["session_id"])["stdout"] == "kept"


def test_m32_files_over_the_limit_are_error_items_and_the_reply_says_so(small):
    client = small.old()
    body = body_of(batch(client, *((f"{n}.txt", b"x") for n in (0, 1, 2, 0, 1, 2))), 200)
    assert [item["status"] for item in body["files"]] == ["success"] * 4 + ["error"] * 2
    assert (body["filesLimitReached"], body["maxFiles"], body["succeeded"], body["failed"]) == (True, 4, 4, 2)


def test_m32_the_limits_of_a_session_hold_file_by_file(small):
    client = small.old()
    names = body_of(batch(client, *((f"{n}.txt", b"x") for n in range(4))), 200)
    assert [item["status"] for item in names["files"]] == ["success"] * 3 + ["error"]
    total = body_of(batch(client, ("a", b"x" * MEGABYTE), ("b", b"x" * (MEGABYTE - 10)), ("c", b"x" * 11), ("d", b"x" * 10)), 200)
    assert [item["status"] for item in total["files"]] == ["success", "success", "error", "success"]


def test_m32_when_all_files_fail_it_is_a_400_with_both_bodies_and_nothing_is_left(fresh):
    body = assert_error(batch(fresh, ("../a", b"x"), ("b/../../c", b"y")), 400, "validation", code="unsafe_name")
    assert (body["message"], body["succeeded"], body["failed"]) == ("error", 0, 2)
    assert [item["filename"] for item in body["files"]] == ["../a", "b/../../c"]
    assert fresh.settled_sessions() == []


def test_m32_a_form_without_files_and_a_body_that_is_no_form_are_errors(old):
    assert_error(batch(old, kind="user"), 422, "validation")
    assert_error(old.post("/upload/batch", json={"files": []}), 400, "validation")


def test_m32_a_broken_form_leaves_nothing(fresh):
    content_type, body = encode([file_part("file", "a.txt", b"abc"), file_part("file", "big.bin", b"x" * 700_000)])
    assert_error(fresh.post("/upload/batch", data=body[:-40], headers={"Content-Type": content_type}), 400, "validation")
    assert fresh.settled_sessions() == []


def test_m32_each_batch_is_a_session_of_its_own_and_fields_may_follow(old):
    one, two = (body_of(batch(old, ("a.txt", b"1")), 200) for _ in range(2))
    assert one["session_id"] != two["session_id"]
    body = body_of(old.upload_parts([file_part("f", "a.txt", b"1"), field_part("kind", "skill"), field_part("id", "s")], path="/upload/batch"), 200)
    assert old.files(body["session_id"])[0]["kind"] == "skill"
