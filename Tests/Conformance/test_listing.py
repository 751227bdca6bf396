"""M33, M34: what a session holds, and how fresh it is."""
import hashlib
from datetime import datetime, timedelta, timezone

import pytest

from harness.client import body_of
from harness.shapes import TIME, UNKNOWN_ID, assert_error

FIELDS = {"name", "id", "fileId", "session_id", "storage_session_id", "filename", "content", "size", "lastModified", "createdAt", "etag", "contentType", "read_only", "metadata"}


def age(text):
    assert TIME.fullmatch(text), text
    return datetime.now(timezone.utc) - datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.mark.parametrize("detail", ["summary", "full", "normalized", "anything", "", None])
def test_m33_a_listing_is_an_array_of_full_items_whatever_detail_is_asked(old, detail):
    content = b"a,b\n1,2\n"
    upload = old.upload(("data.csv", content))
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    [item] = old.files(session, **({} if detail is None else {"detail": detail}))
    assert FIELDS - set(item) == set(), item
    expected = {"name": f"{session}/{file}.csv", "id": file, "fileId": file, "session_id": session, "storage_session_id": session, "filename": "data.csv", "content": None,
                "size": 8, "etag": f'"{hashlib.sha256(content).hexdigest()}"', "contentType": "text/csv", "read_only": False}
    assert {name: item[name] for name in expected} == expected
    assert (item["metadata"]["content-type"], item["metadata"]["original-filename"], item["metadata"]["original-filename-encoded"]) == ("text/csv", "data.csv", "none")
    assert TIME.fullmatch(item["lastModified"]) and TIME.fullmatch(item["createdAt"])


def test_m33_the_simple_listing_has_three_fields(old):
    upload = old.upload(("dir/data.csv", b"x"))
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    [item] = old.files(session, detail="simple")
    assert set(item) == {"id", "name", "path"}
    assert (item["id"], item["path"]) == (file, "/" + item["name"])


@pytest.mark.parametrize("name, extension", [("a.csv", ".csv"), ("a.tar.gz", ".gz"), ("a", ""), (".env", ".env"), ("a.", ""), ("a.with space", ""), ("a.数据", ""),
                                             ("a.abcdefghijklmnop", ".abcdefghijklmnop"), ("a.abcdefghijklmnopq", ""), ("d.x/a", "")])
def test_m33_the_listed_name_is_session_file_and_extension(old, name, extension):
    upload = old.upload((name, b"x"))
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    listed = old.files(session)[0]["name"]
    assert listed.startswith(f"{session}/{file}")
    if name != ".env":
        assert listed == f"{session}/{file}{extension}"


@pytest.mark.parametrize("session", [UNKNOWN_ID, "malformed", "x" * 200])
@pytest.mark.parametrize("detail", ["summary", "full", "simple", None])
def test_m33_an_unknown_session_is_an_empty_array(old, session, detail):
    assert old.files(session, **({"detail": detail} if detail else {})) == []


def test_m33_a_session_without_files_is_an_empty_array(old):
    assert old.files(old.exec("bash", "true")["session_id"]) == []


def test_m33_every_version_is_listed_oldest_first(old):
    first = old.exec("bash", "printf 1 > a.txt; printf x > b.txt")
    session = first["session_id"]
    second = old.exec("bash", "printf 2 > a.txt", session_id=session)
    third = old.exec("bash", "printf 3 > a.txt", session_id=session)
    ids = [file["id"] for file in old.files(session) if file["filename"] == "a.txt"]
    assert ids == [result["files"][0]["id"] for result in (first, second, third)]
    assert [old.download(session, file) for file in ids] == [b"1", b"2", b"3"]


def test_m33_current_lists_only_the_newest_of_each_name(old):
    session = old.exec("bash", "printf 1 > a.txt; printf x > b.txt; printf y > c.txt")["session_id"]
    changed = old.exec("bash", "printf 2 > a.txt; rm c.txt", session_id=session)
    current = {file["filename"]: file["id"] for file in old.files(session, current="true")}
    assert sorted(current) == ["a.txt", "b.txt"]
    assert current["a.txt"] == changed["files"][0]["id"]


def test_m33_the_original_name_is_the_one_last_mounted_here(old):
    one, two = old.upload(("one.txt", b"1")), old.upload(("stored.txt", b"2"))
    session = old.exec("bash", "true", files=[old.ref(one), old.item(two["files"][0]["fileId"], two["session_id"], "asked.txt")])["session_id"]
    names = {file["id"]: file["metadata"]["original-filename"] for file in old.files(session)}
    assert names[two["files"][0]["fileId"]] == "asked.txt"


def test_m33_identity_is_shown_only_where_the_upload_stated_it(old):
    plain, skill = old.upload(("a.txt", b"1")), old.upload(("a.txt", b"1"), kind="skill", id="skill_1", version="3")
    assert {"kind", "resource_id", "version"} & set(old.files(plain["session_id"])[0]) == set()
    item = old.files(skill["session_id"])[0]
    assert (item["kind"], item["resource_id"], str(item["version"])) == ("skill", "skill_1", "3")


def test_m33_the_clients_identity_query_is_taken(new):
    skill = new.upload(("a.txt", b"1"), kind="skill", id="skill_1", version="3")
    assert len(new.files(skill["session_id"], detail="summary", kind="skill", id="skill_1", version="3")) == 1
    assert new.files(skill["session_id"], detail="summary", kind="skill", id="another", version="3") == []


def test_m33_an_output_is_listed_like_an_upload(old):
    result = old.exec("bash", "mkdir d; printf abc > d/out.json")
    [item] = old.files(result["session_id"])
    assert FIELDS - set(item) == set()
    assert (item["filename"], item["size"], item["contentType"].split(";")[0]) == ("d/out.json", 3, "application/json")


def test_m34_a_probe_describes_a_live_file(old):
    content = b"a,b\n1,2\n"
    upload = old.upload(("dir/data.csv", content), read_only="true")
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    probe = body_of(old.probe(session, file), 200)
    assert {"name", "originalFilename", "size", "lastModified", "etag", "contentType", "readOnly", "id", "storage_session_id"} - set(probe) == set(), probe
    expected = {"originalFilename": "dir/data.csv", "size": 8, "etag": f'"{hashlib.sha256(content).hexdigest()}"', "contentType": "text/csv", "readOnly": True, "id": file,
                "storage_session_id": session}
    assert {name: probe[name] for name in expected} == expected


def test_m34_a_live_file_was_touched_within_the_hour(old):
    upload = old.upload(("a.txt", b"abc"))
    output = old.exec("bash", "echo x > out.txt", files=[old.ref(upload)])
    for session, file in ((upload["session_id"], upload["files"][0]["fileId"]), (output["session_id"], output["files"][0]["id"])):
        assert timedelta(minutes=-5) < age(body_of(old.probe(session, file), 200)["lastModified"]) < timedelta(hours=1)
    for item in old.files(output["session_id"], detail="summary"):
        assert timedelta(minutes=-5) < age(item["lastModified"]) < timedelta(hours=1), item


@pytest.mark.parametrize("session, file", [(UNKNOWN_ID, UNKNOWN_ID), ("malformed", "malformed"), ("", "x"), ("x" * 100, "y" * 100)])
def test_trap16_a_probe_of_what_is_gone_is_a_404_and_never_a_400(new, session, file):
    assert_error(new.probe(session or "-", file, kind="user", id="66aa01"), 404, "resource_not_found", text="File not found")


def test_m34_a_probe_of_a_known_session_with_an_unknown_file_is_a_404(old):
    upload = old.upload(("a.txt", b"abc"))
    assert_error(old.probe(upload["session_id"], UNKNOWN_ID), 404, "resource_not_found", text="File not found")


def test_m34_a_probe_of_a_file_under_the_wrong_session_is_a_404(old):
    one, two = old.upload(("a.txt", b"1")), old.upload(("b.txt", b"2"))
    assert_error(old.probe(one["session_id"], two["files"][0]["fileId"]), 404, "resource_not_found", text="File not found")
    assert_error(old.try_download(one["session_id"], two["files"][0]["fileId"]), 404, "resource_not_found", text="File not found")


def test_m34_a_probe_that_states_the_right_identity_succeeds_and_a_wrong_one_does_not(new):
    skill = new.upload(("a.txt", b"1"), kind="skill", id="skill_1", version="3")
    session, file = skill["session_id"], skill["files"][0]["fileId"]
    assert new.probe(session, file, kind="skill", id="skill_1", version="3").status_code == 200
    for wrong in ({"kind": "agent", "id": "skill_1"}, {"kind": "skill", "id": "skill_2", "version": "3"}, {"kind": "skill", "id": "skill_1", "version": "4"}):
        assert_error(new.probe(session, file, **wrong), 404, "resource_not_found", text="File not found")


def test_m34_probes_are_no_ledger_events(old):
    upload = old.upload(("a.txt", b"abc"))
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    before = old.events(session)
    for _ in range(5):
        old.probe(session, file)
        old.files(session)
        old.download(session, file)
    assert old.events(session) == before
