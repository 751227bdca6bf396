"""M5, M8, M52: tokens of any shape, users of one tenant in their conversations, and what is written down of a token."""
import json
import random
import secrets
import time

import pytest

from harness.bearer import Signer, key_set, part
from harness.client import Client
from harness.librechat import NewLibreChat
from harness.server import Server
from harness.shapes import assert_error

ED, RSA = Signer("EdDSA"), Signer("RS256")
MASTER = "sk-master-" + secrets.token_urlsafe(24)


@pytest.fixture(scope="module")
def house():
    """A server with token verifiers."""
    running = Server({"CODEAPI_JWT_JWKS_JSON": key_set(ED, RSA)})
    try:
        yield running.start().wait_ready()
    finally:
        running.stop()
        running.remove()


def bearer(server, token):
    return Client(server, None, "new", headers={"Authorization": f"Bearer {token}"})


def person(server, sub, **claims):
    return bearer(server, ED.token(sub, **claims))


def now_plus(seconds):
    return int(time.time()) + seconds


@pytest.mark.parametrize("iat, nbf, exp", [(-400, -400, -100), (-40, -40, -31), (0, 0, 301), (0, 60, 120), (60, 60, 120), (0, 0, 0), (10, 0, 5)])
def test_m5_a_token_out_of_its_time_is_refused(house, iat, nbf, exp):
    response = bearer(house, ED.token(iat=now_plus(iat), nbf=now_plus(nbf), exp=now_plus(exp))).try_exec("bash", "true")
    assert_error(response, 401, "authentication", text="Invalid bearer token")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="runledger"'


def test_m5_a_clock_a_little_off_is_forgiven(house):
    for shift in (-80, 20):
        token = ED.token(iat=now_plus(shift), nbf=now_plus(shift), exp=now_plus(shift + 60))
        assert bearer(house, token).try_exec("bash", "true").status_code == 200, shift


def test_m5_any_string_for_a_token_is_a_401_and_never_a_crash(house):
    generator = random.Random(20260901)
    pieces = ED.token().split(".") + ["", "e30", "bnVsbA", "W10", "IiI", part({"alg": ["EdDSA"], "kid": {}, "typ": 1}), part({"alg": "EdDSA", "kid": ED.kid, "typ": "JWT"}),
                                      part([1]), part({"exp": 1e308, "iat": -1, "nbf": "x"}), "%", "=", "A" * 3000, "-_" * 20]
    for _ in range(300):
        token = ".".join(generator.choice(pieces) for _ in range(generator.choice([1, 2, 3, 3, 3, 4])))
        if generator.random() < 0.5 and token:
            at = generator.randrange(len(token))
            token = token[:at] + chr(generator.randrange(33, 127)) + token[at + 1:]
        response = bearer(house, token).get("/v1/languages")
        assert response.status_code == 401 or token == ED.token(), (token, response.status_code)
    assert house.status_of("/ready") == 200


def test_m5_the_subject_is_the_owner_and_the_tenant_parts_it(house):
    session = person(house, "same", tenant_id="t1").exec("bash", "echo x > x.txt")["session_id"]
    assert person(house, "same", tenant_id="t1").files(session) != []
    assert person(house, "same", tenant_id="t2").files(session) == []
    assert person(house, "other", tenant_id="t1").files(session) == []
    assert person(house, "same").files(session) == []
    shown = person(house, "same", tenant_id="t1").session(session)
    assert shown["owner"] == {"tenant": "t1", "principal": "same"}


@pytest.mark.parametrize("kind, form", [("agent", {"kind": "agent", "id": "agent_8"}), ("skill", {"kind": "skill", "id": "skill_8", "version": "2", "read_only": "true"})])
def test_m8_shared_files_work_across_the_users_of_a_tenant_and_no_further(house, kind, form):
    tenant = f"tenant-{secrets.token_hex(4)}"
    upload = person(house, "author", tenant_id=tenant).upload(("shared.txt", b"shared"), **form)
    bucket, file = upload["storage_session_id"], upload["files"][0]["fileId"]
    item = {"id": file, "storage_session_id": bucket, "name": "shared.txt", "kind": kind, "resource_id": form["id"], **({"version": 2} if kind == "skill" else {})}
    query = {"kind": kind, "id": form["id"], **({"version": "2"} if kind == "skill" else {})}
    sessions = set()
    for sub in ("author", "reader-1", "reader-2"):
        reader = person(house, sub, tenant_id=tenant)
        result = reader.exec("bash", "cat shared.txt; echo mine > mine.txt", files=[item])
        assert (result["stdout"], result["inputs_missing"]) == ("shared", [])
        assert reader.download(bucket, file) == b"shared" and reader.probe(bucket, file, **query).status_code == 200
        assert [each["id"] for each in reader.files(bucket)] == [file]
        sessions.add(result["session_id"])
    assert len(sessions) == 3 and bucket not in sessions
    stranger = person(house, "reader-1", tenant_id=tenant + "-other")
    assert stranger.exec("bash", "ls", files=[item])["inputs_missing"] == [{"id": file, "name": "shared.txt"}]
    assert (stranger.files(bucket), stranger.probe(bucket, file, **query).status_code, stranger.try_download(bucket, file).status_code) == ([], 404, 404)
    assert stranger.delete(f"/sessions/{bucket}/objects/{file}", params=query).status_code == 404
    reader = person(house, "reader-2", tenant_id=tenant)
    assert reader.probe(bucket, file, kind=kind, id="another").status_code == 404
    assert reader.delete(f"/sessions/{bucket}/objects/{file}", params=query).status_code == 200


def test_m8_two_users_of_one_agent_hold_two_conversations(house):
    tenant = f"tenant-{secrets.token_hex(4)}"
    chats = [NewLibreChat(person(house, f"u{n}", tenant_id=tenant), f"u{n}") for n in range(2)]
    item = chats[0].attach("knowledge.md", b"known\n", kind="agent", resource="agent_x")
    chats[1].remember_upload("knowledge.md", b"known\n", item["id"], item["storage_session_id"], "agent", "agent_x")
    for number, chat in enumerate(chats):
        chat.begin_turn()
        assert chat.run(f"cat knowledge.md; echo {number} > mine.txt")["stdout"] == "known\n"
    for number, chat in enumerate(chats):
        chat.begin_turn()
        assert chat.run("cat mine.txt knowledge.md")["stdout"] == f"{number}\nknown\n"
        # A token lives for minutes; the conversation goes on under the next one.
        chat.move_to(person(house, f"u{number}", tenant_id=tenant))
        assert chat.run("cat mine.txt")["stdout"] == f"{number}\n"
    assert not set(chats[0].sessions) & set(chats[1].sessions) and chats[1].uploads == 0


def test_m52_neither_token_nor_managed_nor_master_key_is_in_log_or_events(make_server):
    server = make_server({"LOG_LEVEL": "TRACE", "API_DEBUG": "true", "CODEAPI_JWT_JWKS_JSON": key_set(ED), "MASTER_API_KEY": MASTER})
    token, expired = ED.token("secret-user"), ED.token("secret-user", iat=now_plus(-200), nbf=now_plus(-200), exp=now_plus(-100))
    client = Client(server, server.old(MASTER).post("/api/v1/admin/keys", json={"name": "hidden"}).json()["api_key"], "old")
    session = bearer(server, token).exec("bash", "printf ok")["session_id"]
    answers = [client.try_exec("bash", "true"), bearer(server, expired).try_exec("bash", "true"), server.old(MASTER).get("/api/v1/admin/keys"),
               Client(server, MASTER[:-1], "old").get("/api/v1/admin/keys"), bearer(server, token).get(f"/v1/sessions/{session}/events"),
               Client(server, client.key, "old", headers={"Authorization": f"Bearer {token}"}).get("/nowhere")]
    for secret in (client.key, MASTER, token, token.split(".")[2], expired.split(".")[2]):
        assert secret not in server.log_text()
        assert [answer.url for answer in answers if secret in answer.text + json.dumps(dict(answer.headers))] == []
