"""GET, POST and DELETE of /state (section 8; M36, M7, C1, C2)."""
import secrets
import string

import pytest

from harness.client import body_of

EMPTY = b"\x01\x80\x05}."
NOTHING = {"exists": False, "size_bytes": None, "hash": None, "created_at": None, "expires_at": None, "source": None}


def unused_id():
    return "".join(secrets.choice(string.ascii_letters + string.digits + "_-") for _ in range(21))


@pytest.fixture
def session(old):
    session = unused_id()
    body_of(old.post(f"/state/{session}", data=EMPTY), 201)
    return session


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_m36_get_answers_bytes_and_tag_at_both_prefixes(old, session, prefix):
    response = old.with_prefix(prefix).get(f"/state/{session}")
    assert (response.status_code, response.content) == (200, EMPTY)
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Length"] == str(len(EMPTY))
    head = old.with_prefix(prefix).request("HEAD", f"/state/{session}")
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", response.headers["ETag"])


@pytest.mark.parametrize("form", ['"{}"', "{}", 'W/"{}"', '"other", "{}"', "*", '"a",W/"b" , W/"{}"'])
def test_m36_a_client_that_has_it_gets_304(old, session, form):
    tag = old.get(f"/state/{session}").headers["ETag"]
    response = old.get(f"/state/{session}", headers={"If-None-Match": form.format(tag.strip('"'))})
    assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", tag)


def test_m36_another_tag_gets_the_bytes(old, session):
    assert old.get(f"/state/{session}", headers={"If-None-Match": '"other"'}).content == EMPTY


def test_m36_none_is_404_with_a_machine_word(old):
    response = old.get(f"/state/{unused_id()}", headers={"If-None-Match": "*"})
    body = body_of(response, 404)
    assert (body["error"], body["error_type"], bool(body["message"])) == ("state_not_found", "resource_not_found", True)


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x00\x01\x02", b"\x03\x01", b"pickle"])
def test_m36_bytes_that_are_no_state_are_400(old, blob):
    session = unused_id()
    body = body_of(old.post(f"/state/{session}", data=blob), 400)
    assert (body["error"], body["error_type"], bool(body["message"])) == ("invalid_state", "validation", True)
    assert body_of(old.get(f"/state/{session}/info"), 200)["exists"] is False
    assert old.without_prefix().get(f"/v1/sessions/{session}").status_code == 404


def test_m36_over_the_limit_is_413_and_leaves_nothing(old):
    session = unused_id()
    over = 50 << 20

    def pieces():
        yield b"\x01"
        for _ in range(over >> 20):
            yield bytes(1 << 20)
    for data in (b"\x01" + bytes(over), pieces()):
        body = body_of(old.post(f"/state/{session}", data=data), 413)
        assert (body["error"], body["error_type"], bool(body["message"])) == ("state_too_large", "resource_exhausted", True)
    assert old.without_prefix().get(f"/v1/sessions/{session}").status_code == 404


def test_m36_a_large_state_comes_back_as_it_was_sent(old, replica):
    session, blob = unused_id(), b"\x02" + secrets.token_bytes(3 << 20)
    assert body_of(old.post(f"/state/{session}", data=blob, headers={"Content-Type": "text/html"}), 201)["size"] == len(blob)
    assert old.at(replica).get(f"/state/{session}").content == blob


def test_m36_deletion_is_always_204(old, session):
    for id in (session, session, unused_id(), "malformed"):
        assert old.delete(f"/state/{id}").status_code == 204
    assert old.get(f"/state/{session}").status_code == 404
    types = [event["type"] for event in old.events(session)]
    assert types == ["session.created", "state.uploaded", "state.deleted"]


def test_m36_info_tells_what_there_is(old, session):
    info = body_of(old.get(f"/state/{session}/info"), 200)
    assert info["exists"] is True and info["session_id"] == session and info["size_bytes"] == len(EMPTY)
    assert f'"{info["hash"]}"' == old.get(f"/state/{session}").headers["ETag"]
    assert info["created_at"] < info["expires_at"] and info["source"] == "postgres"
    unknown = unused_id()
    assert body_of(old.get(f"/state/{unknown}/info"), 200) == {**NOTHING, "session_id": unknown}


def test_state_a_chosen_id_becomes_a_private_session_that_runs(old, session):
    assert old.session(session)["kind"] == "private"
    answer = old.exec("py", "x = 1", session_id=session)
    assert answer["session_id"] == session


def test_m7_a_foreign_state_is_like_an_unknown_one(old, other, session):
    unknown = unused_id()
    for method, suffix in (("GET", ""), ("GET", "/info"), ("DELETE", ""), ("HEAD", "")):
        answers = [other.request(method, f"/state/{id}{suffix}") for id in (session, unknown)]
        assert answers[0].status_code == answers[1].status_code
        assert ("ETag" in answers[0].headers) is False
        if answers[0].content:
            bodies = [{name: value for name, value in answer.json().items() if name not in ("request_id", "timestamp", "session_id")}
                      for answer in answers]
            assert bodies[0] == bodies[1]
    assert other.post(f"/state/{session}", data=EMPTY).status_code == 404
    assert old.get(f"/state/{session}").content == EMPTY


def test_state_a_malformed_id_is_unknown(old):
    assert old.get("/state/short").status_code == 404
    assert old.post("/state/short", data=EMPTY).status_code == 404
    assert body_of(old.get("/state/short/info"), 200)["exists"] is False
