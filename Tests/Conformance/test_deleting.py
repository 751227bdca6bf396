"""M35: deleting files, by either path."""
import pytest

from harness.client import body_of
from harness.ledger import of_type
from harness.shapes import UNKNOWN_ID, assert_error

PATHS = ["/files/{0}/{1}", "/sessions/{0}/objects/{1}", "/v1/files/{0}/{1}", "/v1/sessions/{0}/objects/{1}"]


@pytest.mark.parametrize("path", PATHS)
def test_m35_a_delete_answers_with_what_it_removed(old, path):
    upload = old.upload(("a.txt", b"abc"))
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    body = body_of(old.delete(path.format(session, file)), 200)
    assert body == {"message": "File deleted", "session_id": session, "fileId": file}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("again", PATHS)
def test_m35_a_second_delete_is_a_404(old, path, again):
    upload = old.upload(("a.txt", b"abc"))
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    assert old.delete(path.format(session, file)).status_code == 200
    assert_error(old.delete(again.format(session, file)), 404, "resource_not_found", text="File not found")


@pytest.mark.parametrize("path", PATHS[:2])
def test_m35_a_deleted_file_is_gone_everywhere(old, path):
    upload = old.upload(("gone.txt", b"abc"), ("kept.txt", b"def"))
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    old.delete(path.format(session, file))
    assert [item["filename"] for item in old.files(session)] == ["kept.txt"]
    assert_error(old.try_download(session, file), 404, "resource_not_found", text="File not found")
    assert_error(old.probe(session, file), 404, "resource_not_found", text="File not found")
    assert old.exec("bash", "ls", session_id=session)["stdout"] == "kept.txt\n"
    named = old.exec("bash", "ls", files=[old.ref(upload, 0), old.ref(upload, 1)])
    assert (named["stdout"], named["inputs_missing"]) == ("kept.txt\n", [{"id": file, "name": "gone.txt"}])


def test_m35_deleting_the_current_version_does_not_bring_back_an_older_one(old):
    first = old.exec("bash", "printf 1 > a.txt")
    session = first["session_id"]
    second = old.exec("bash", "printf 2 > a.txt", session_id=session)
    old.delete(f"/files/{session}/{second['files'][0]['id']}")
    assert old.exec("bash", "ls", session_id=session)["stdout"] == ""
    assert old.files(session, current="true") == []
    assert old.download(session, first["files"][0]["id"]) == b"1", "the older version stays downloadable"


def test_m35_deleting_an_older_version_leaves_the_current_one(old):
    first = old.exec("bash", "printf 1 > a.txt")
    session = first["session_id"]
    old.exec("bash", "printf 2 > a.txt", session_id=session)
    old.delete(f"/files/{session}/{first['files'][0]['id']}")
    assert old.exec("bash", "cat a.txt", session_id=session)["stdout"] == "2"
    assert old.try_download(session, first["files"][0]["id"]).status_code == 404


def test_m35_deleting_an_alias_removes_only_the_link(old):
    one, two = old.upload(("one.txt", b"1")), old.upload(("two.txt", b"2"))
    session = old.exec("bash", "true", files=[old.ref(one), old.ref(two)])["session_id"]
    alias = two["files"][0]["fileId"]
    assert body_of(old.delete(f"/files/{session}/{alias}"), 200)["session_id"] == session
    assert old.exec("bash", "ls", session_id=session)["stdout"] == "one.txt\n"
    assert old.try_download(session, alias).status_code == 404
    assert old.download(two["session_id"], alias) == b"2"


def test_m35_deleting_the_original_takes_its_aliases_along(old):
    one, two = old.upload(("one.txt", b"1")), old.upload(("two.txt", b"2"))
    session = old.exec("bash", "true", files=[old.ref(one), old.ref(two)])["session_id"]
    old.delete(f"/files/{two['session_id']}/{two['files'][0]['fileId']}")
    assert old.try_download(session, two["files"][0]["fileId"]).status_code == 404
    assert old.exec("bash", "ls", session_id=session)["stdout"] == "one.txt\n"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("session, file", [(UNKNOWN_ID, UNKNOWN_ID), ("malformed", "malformed")])
def test_m35_deleting_what_never_was_is_a_404(old, path, session, file):
    assert_error(old.delete(path.format(session, file)), 404, "resource_not_found", text="File not found")


def test_m35_an_output_can_be_deleted_like_an_upload(old):
    result = old.exec("bash", "echo x > out.txt; echo y > kept.txt")
    file = next(file for file in result["files"] if file["name"] == "out.txt")
    assert old.delete(f"/sessions/{result['session_id']}/objects/{file['id']}").status_code == 200
    assert old.exec("bash", "ls", session_id=result["session_id"])["stdout"] == "kept.txt\n"


def test_m35_a_deletion_is_in_the_ledger(old):
    upload = old.upload(("a.txt", b"abc"))
    old.delete(f"/files/{upload['session_id']}/{upload['files'][0]['fileId']}")
    events = old.events(upload["session_id"])
    assert [event["type"] for event in events] == ["session.created", "file.uploaded", "file.deleted"]
    assert len(of_type(events, "file.deleted")) == 1


def test_m35_the_clients_identity_query_is_taken(new):
    upload = new.upload(("a.txt", b"abc"), kind="skill", id="skill_1", version="1")
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    assert_error(new.delete(f"/sessions/{session}/objects/{file}", params={"kind": "skill", "id": "skill_2"}), 404, "resource_not_found")
    assert new.delete(f"/sessions/{session}/objects/{file}", params={"kind": "skill", "id": "skill_1", "version": "1"}).status_code == 200
