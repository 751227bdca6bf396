"""M52: a key is never written down anywhere."""
import os
import secrets
import subprocess
from pathlib import Path

import pytest

from harness.client import basic
from harness.database import DatabaseURL
from harness.keys import KEYS, MASTER, Admin
from harness.server import Server
from harness.tokens import SigningKey, key_set, token

RUN = {"lang": "bash", "code": "printf ok"}


@pytest.fixture(scope="module")
def used_keys():
    """A server that logs everything, after every form of every key, valid and invalid, has been tried on it."""
    signer = SigningKey()
    server = Server({"LOG_LEVEL": "TRACE", "API_DEBUG": "true", "MASTER_API_KEY": MASTER, "CODEAPI_JWT_JWKS_JSON": key_set(signer)}).start()
    try:
        server.wait_ready()
        wrong = "sk-wrong-" + secrets.token_urlsafe(20)
        answers = []
        admin = Admin(server)
        managed, disabled, revoked = (admin.create(name) for name in ("managed", "disabled", "revoked"))
        admin.change(disabled[1]["key_hash"], enabled=False)
        admin.revoke(revoked[1]["key_hash"])
        tokens = [token(signer), token(signer, age=4000), token(SigningKey(), header={"kid": signer.kid})]
        keys = [server.key, server.other_key, managed[0], wrong, disabled[0], revoked[0], *tokens]
        # Only here a key may be shown, so these answers are not among the examined ones.
        for method, path, body in [("GET", KEYS, None), ("PATCH", f"{KEYS}/{managed[1]['key_hash']}", {"name": 7}), ("POST", KEYS, {"name": "", "api_key": managed[0]})]:
            answers.append(admin.client.request(method, path, json=body))
        for key in keys:
            headers = [{"X-API-Key": key}, {"Authorization": f"Bearer {key}"}, {"Authorization": f"ApiKey {key}"}, {"Authorization": basic(key)},
                       {"Authorization": basic(f"user:{key}")}, {"X-API-Key": key, "Authorization": f"Bearer {key}x"}]
            client = server.anonymous()
            for header in headers:
                answers.append(client.post("/exec", json=RUN, headers=header))
                answers.append(client.post("/exec", data=b"{", headers=header))
                answers.append(client.get("/nowhere", headers=header))
                answers.append(client.try_upload(("../a.txt", b"x"), ("b.txt", b"y")))
            for field in ("LIBRECHAT_CODE_API_KEY", "api_key", "apiKey"):
                for body in (RUN, {"lang": "cobol", "code": "x"}, {"lang": "bash"}, {**RUN, "args": ["a\0"]}):
                    answers.append(client.post("/exec", json={**body, field: key}))
                answers.append(client.post("/exec", data=f'{{"{field}":"{key}","lang":'.encode(), headers={"Content-Type": "application/json"}))
        yield server, keys + [MASTER], answers
    finally:
        server.stop()
        server.remove()


def signatures(key):
    """The part of a token that makes it one; the other two only say who."""
    return [key.rsplit(".", 1)[1]] if key.count(".") == 2 else []


def found_in(text, keys):
    needles = {form for key in keys for form in (key, basic(key)[6:].rstrip("="), basic(f"user:{key}")[6:].rstrip("="), key.encode().hex(), *signatures(key))}
    return sorted(needle for needle in needles if needle in text)


def test_m52_no_key_is_in_the_log(used_keys):
    server, keys, _ = used_keys
    assert server.log_text(), "a server at TRACE logs something"
    assert found_in(server.log_text(), keys) == []


def test_m52_no_key_is_in_any_answer(used_keys):
    _, keys, answers = used_keys
    shown = [(answer.request.method, answer.url, answer.text[:300]) for answer in answers if found_in(answer.text + str(dict(answer.headers)), keys)]
    assert shown == []


def test_m52_no_key_is_in_any_event_session_or_execution(used_keys):
    server, keys, _ = used_keys
    for key in (server.key, server.other_key, keys[2], keys[6]):
        client = server.new(key)
        sessions = client.sessions()
        assert len(sessions) >= (1 if signatures(key) else 3), "each accepted form ran once"
        for session in sessions:
            text = str(session) + str(client.events(session["session_id"]))
            executions = {event["execution_id"] for event in client.events(session["session_id"]) if event["execution_id"]}
            text += "".join(client.get(f"/v1/executions/{execution}").text for execution in executions)
            assert found_in(text, keys) == []


def test_m52_no_key_is_in_a_dump_of_the_database(used_keys):
    server, keys, _ = used_keys
    url = DatabaseURL(server.database_url).text()
    dump = subprocess.run(["pg_dump", "--data-only", "-d", url], capture_output=True, timeout=120, cwd="/", env={**os.environ, "PGCONNECT_TIMEOUT": "10"})
    assert dump.returncode == 0, dump.stderr.decode()
    assert server.old().sessions()[0]["session_id"].encode() in dump.stdout, "the dump holds what the runs left"
    assert found_in(dump.stdout.decode("utf-8", "replace"), keys) == []


def test_m52_no_key_is_in_the_command_line_of_any_process(used_keys):
    _, keys, _ = used_keys
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
            except OSError:
                continue
            assert found_in(text, keys) == [], text


def test_m52_the_file_with_the_database_url_is_private(server):
    assert (server.home / "database-url").stat().st_mode & 0o777 == 0o600


def test_m52_a_key_inside_the_code_is_the_users_own_and_runs_unchanged(old):
    assert old.exec("bash", "printf sk-abcdefghijklmnopqrstuvwxyz012345")["stdout"] == "sk-abcdefghijklmnopqrstuvwxyz012345"
