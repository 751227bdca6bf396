"""M5, M8, and the tokens' part of M3, M4, M6, M46, M7: bearer tokens as LibreChat >= 0.8.6 sends them."""
import hashlib
import json
import subprocess
import time

import pytest

from harness.client import body_of
from harness.server import binary, inherited_environment, serving
from harness.shapes import UNKNOWN_ID, assert_error
from harness.tokens import SigningKey, bearer, claims, encode, hmac_signature, key_set, token
from harness.waiting import wait_until

RUN = {"lang": "bash", "code": "printf hello"}
ED, RSA, STRANGE, SMALL = SigningKey("EdDSA"), SigningKey("RS256"), SigningKey("EdDSA"), SigningKey("RS256", bits=1024)
JWT = {"CODEAPI_JWT_JWKS_JSON": key_set(ED, RSA), "JWT_AUDITOR_ROLES": "COMPLIANCE, REVISION", "JWT_ADMIN_ROLES": "OPERATOR"}


@pytest.fixture(scope="module")
def house():
    with serving(JWT) as running:
        yield running


@pytest.fixture(scope="module")
def twin(house):
    with serving(database_url=house.database_url, like=house) as running:
        yield running


def user(server, sub="66aa01", key=ED, **changes):
    """A client with one token of this user."""
    return server.anonymous(headers=bearer(token(key, sub=sub, **changes)))


def assert_refused(server, text):
    answer = server.anonymous().post("/exec", json=RUN, headers=bearer(text))
    assert_error(answer, 401, "authentication", text="Invalid bearer token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="runledger"'


# What is accepted (M5)

@pytest.mark.parametrize("key", [ED, RSA], ids=["EdDSA", "RS256"])
def test_m5_a_token_is_accepted_and_its_subject_owns_the_result(house, key):
    client = user(house, "user-1", key)
    session = client.exec("bash", "printf hello")["session_id"]
    shown = client.session(session)
    assert shown["owner"] == {"tenant": "legacy", "principal": "user-1"}
    assert shown["end_user"] == "user-1"


@pytest.mark.parametrize("changes", [
    {"aud": ["other", "codeapi"]}, {"principal_source": "openid_reuse"}, {"plan_id": "p", "org_id": "o", "service_id": "s"}, {"role": "ADMIN"}, {"role": None},
    {"age": 320}, {"age": -20}, {"lifetime": 1}, {"jti": "j" * 256}], ids=str)
def test_m5_tokens_that_are_right_in_other_ways_are_accepted(house, changes):
    assert body_of(user(house, **changes).post("/exec", json=RUN), 200)["stdout"] == "hello"


def test_m5_one_token_works_many_times(house):
    client = user(house)
    assert {client.get("/v1/languages").status_code for _ in range(10)} == {200}


def test_m5_two_tokens_of_one_user_are_one_owner(house, twin):
    session = user(house, "user-2").exec("bash", "printf x > a.txt")["session_id"]
    assert len(user(twin, "user-2", RSA).files(session)) == 1


# What is refused (M5)

@pytest.mark.parametrize("changes", [
    {"age": 400}, {"lifetime": 301}, {"lifetime": 0}, {"lifetime": -10}, {"age": -60}, {"nbf": int(time.time()) + 3600}, {"aud": "other"}, {"aud": ["other"]}, {"aud": None},
    {"aud": [["codeapi"]]}, {"iss": "other"}, {"iss": None}, {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "a\u001fb"}, {"jti": None}, {"jti": ""}, {"jti": "j" * 257},
    {"auth_context_hash": None}, {"auth_context_hash": ""}, {"principal_source": None}, {"principal_source": "me"}, {"iat": None}, {"nbf": None}, {"exp": None},
    {"exp": "9999999999"}, {"iat": "0"}, {"tenant_id": ""}, {"tenant_id": 5}], ids=str)
def test_m5_a_claim_that_is_wrong_is_refused(house, changes):
    assert_refused(house, token(ED, **changes))


@pytest.mark.parametrize("header", [
    {"kid": "unknown"}, {"kid": None}, {"kid": ""}, {"kid": RSA.kid}, {"alg": "RS256"}, {"alg": "HS256"}, {"alg": "none"}, {"alg": "ES256"}, {"alg": None}, {"typ": None},
    {"typ": "at+jwt"}, {"crit": ["exp"]}], ids=str)
def test_m5_a_header_that_is_wrong_is_refused(house, header):
    assert_refused(house, token(ED, header=header))


def test_m5_none_and_symmetric_signatures_are_refused(house):
    assert_refused(house, token(ED, header={"alg": "none"}, signature=lambda text: b""))
    for key in (ED, RSA):
        for secret in (key.public.encode(), key.public.strip().encode(), b""):
            assert_refused(house, token(key, header={"alg": "HS256"}, signature=hmac_signature(secret)))


def test_m5_a_signature_of_another_key_or_over_another_text_is_refused(house):
    assert_refused(house, token(STRANGE, header={"kid": ED.kid}))
    head, body, signature = token(ED).split(".")
    other = encode(json.dumps(claims(sub="admin")).encode())
    assert_refused(house, f"{head}.{other}.{signature}")
    assert_refused(house, f"{head}.{body}.{signature[:-4]}")
    assert_refused(house, f"{head}.{body}.")


@pytest.mark.parametrize("text", ["aaa.bbb.ccc", "e30.e30.e30", "....", "a.b", "e30.e30."])
def test_m5_what_only_looks_like_a_token_is_refused(house, text):
    answer = house.anonymous().post("/exec", json=RUN, headers=bearer(text))
    assert_error(answer, 401, "authentication", text="Invalid bearer token" if text.count(".") == 2 else "Invalid API key")


# Several credentials (M4, D3)

def test_m4_beside_a_key_the_token_owns_the_result_and_both_may_read(house):
    both = user(house, "user-3")
    both.headers["X-API-Key"] = house.key
    session = both.exec("bash", "printf x > a.txt")["session_id"]
    assert user(house, "user-3").session(session)["owner"]["principal"] == "user-3"
    assert_error(house.old().get(f"/v1/sessions/{session}"), 404, "resource_not_found")
    uploaded = house.old().upload(("b.txt", b"of the key"))
    assert both.download(uploaded["session_id"], uploaded["files"][0]["fileId"]) == b"of the key"
    assert both.exec("bash", "cat b.txt", files=[both.ref(uploaded)])["stdout"] == "of the key"


def test_m4_an_invalid_token_beside_a_valid_key_is_ignored(house):
    client = house.anonymous(headers={"X-API-Key": house.key, **bearer(token(ED, age=4000))})
    session = client.exec("bash", "true")["session_id"]
    assert house.old().session(session)["owner"]["principal"] == "key:" + hashlib.sha256(house.key.encode()).hexdigest()[:16]


def test_m4_an_invalid_token_beside_an_invalid_key_is_a_401_about_the_key(house):
    answer = house.anonymous().post("/exec", json=RUN, headers={"X-API-Key": "sk-wrong-wrong-wrong-wrong-wrong-wr", **bearer(token(STRANGE))})
    assert_error(answer, 401, "authentication", text="Invalid API key")


def test_m4_a_body_key_counts_when_the_token_is_invalid(house):
    answer = house.anonymous().post("/exec", json={**RUN, "LIBRECHAT_CODE_API_KEY": house.key}, headers=bearer(token(STRANGE)))
    assert body_of(answer, 200)["stdout"] == "hello"


def test_m3_a_bearer_key_is_still_a_key(house):
    assert body_of(house.new().post("/exec", json=RUN), 200)["stdout"] == "hello"


def test_m6_a_token_acts_also_inside_a_trusted_network(make_server):
    server = make_server({**JWT, "AUTH_TRUSTED_NETWORKS": "127.0.0.0/8"})
    network, with_token = server.anonymous(), user(server)
    upload = network.upload(("a.txt", b"abc"))
    assert with_token.download(upload["session_id"], upload["files"][0]["fileId"]) == b"abc"
    assert with_token.session(with_token.exec("bash", "true")["session_id"])["owner"]["principal"] == "66aa01"
    assert server.anonymous(headers=bearer("aaa.bbb.ccc")).exec("bash", "printf hi")["stdout"] == "hi"


# Owners and tenants (M7, M8)

def test_m7_users_and_tenants_do_not_see_each_other(house):
    mine = user(house, "user-4", tenant_id="t1")
    session = mine.exec("bash", "printf x > a.txt")["session_id"]
    assert mine.session(session)["owner"] == {"tenant": "t1", "principal": "user-4"}
    for other in (user(house, "user-5", tenant_id="t1"), user(house, "user-4", tenant_id="t2"), user(house, "user-4")):
        assert other.files(session) == []
        answer, unknown = other.get(f"/v1/sessions/{session}"), other.get(f"/v1/sessions/{UNKNOWN_ID}")
        same = lambda a: {name: value for name, value in a.json().items() if name not in ("request_id", "timestamp")}
        assert answer.status_code == unknown.status_code == 404 and same(answer) == same(unknown)


@pytest.mark.parametrize("form", [{"kind": "agent", "id": "agent-1"}, {"kind": "skill", "id": "skill-1", "version": "2"}, {"entity_id": "agent-2"}], ids=str)
def test_m8_agent_and_skill_files_work_across_users_of_a_tenant_not_across_tenants(house, form):
    upload = user(house, "author", tenant_id="t1").upload(("shared.txt", b"shared"), **form)
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    item = {"id": file, "storage_session_id": session, "name": "shared.txt"}
    readers = [user(house, name, tenant_id="t1") for name in ("reader-1", "reader-2")]
    runs = []
    for reader in readers:
        assert reader.download(session, file) == b"shared"
        assert len(reader.files(session)) == 1 and reader.probe(session, file).status_code == 200
        runs.append(reader.exec("bash", "cat shared.txt", files=[item], session_id=session))
        assert runs[-1]["stdout"] == "shared"
    assert len({run["session_id"] for run in runs} | {session}) == 3, "the users share no session"
    stranger = user(house, "reader-1", tenant_id="t2")
    assert stranger.files(session) == []
    assert_error(stranger.try_download(session, file), 404, "resource_not_found")
    assert stranger.exec("bash", "cat shared.txt || true", files=[item])["inputs_missing"] == [{"id": file, "name": "shared.txt"}]


def test_m8_private_files_do_not_work_across_users_of_a_tenant(house):
    upload = user(house, "author", tenant_id="t1").upload(("mine.txt", b"mine"))
    assert_error(user(house, "reader-1", tenant_id="t1").try_download(upload["session_id"], upload["files"][0]["fileId"]), 404, "resource_not_found")


def test_m5_a_tenant_is_required_when_isolation_is_strict(make_server):
    server = make_server({**JWT, "CODEAPI_TENANT_ISOLATION_STRICT": "true"})
    assert_refused(server, token(ED))
    assert body_of(user(server, tenant_id="t").post("/exec", json=RUN), 200)["stdout"] == "hello"


# Roles (M46, D6)

def test_m46_roles_of_tokens_count_only_as_configured(house):
    session = user(house, "user-6").exec("bash", "true")["session_id"]
    for role in ("COMPLIANCE", "REVISION"):
        auditor = user(house, "auditor", role=role)
        assert auditor.session(session)["session_id"] == session
        assert_error(auditor.post("/exec", json=RUN), 403, "authorization")
    assert body_of(user(house, "operator", role="OPERATOR").get("/api/v1/admin/keys"), 200)
    for role in ("ADMIN", "admin", "USER", "compliance"):
        ordinary = user(house, "somebody", role=role)
        assert_error(ordinary.get("/api/v1/admin/keys"), 403, "authorization")
        assert_error(ordinary.get(f"/v1/sessions/{session}"), 404, "resource_not_found")


def test_m46_an_auditor_whose_token_names_a_tenant_reads_that_tenant_only(house):
    inside, outside = (user(house, "user-7", tenant_id=tenant).exec("bash", "true")["session_id"] for tenant in ("t5", "t6"))
    auditor = user(house, "auditor", role="COMPLIANCE", tenant_id="t5")
    assert auditor.session(inside)["session_id"] == inside
    assert_error(auditor.get(f"/v1/sessions/{outside}"), 404, "resource_not_found")


# Limits

def test_m10_principals_of_tokens_obey_their_limit_on_both_replicas(make_server):
    server = make_server({**JWT, "JWT_RATE_LIMIT_PER_MINUTE": "3"})
    replica = make_server(database_url=server.database_url, like=server)
    def statuses():
        sub = f"user-{time.monotonic_ns()}"
        return [user(one, sub).get("/v1/languages").status_code for one in (server, replica, server, replica)]
    assert wait_until(lambda: [s for s in [statuses()] if s != [200] * 4], 30, "four calls in one minute")[0] == [200, 200, 200, 429]
    answer = user(server, "user-of-one-call").get("/v1/languages")
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Period"]) == ("3", "per_minute")


# Keys

def test_m5_keys_of_a_folder_come_and_go_without_a_restart(make_server, tmp_path):
    tmp_path.chmod(0o755)
    first, second = SigningKey("EdDSA", kid="first"), SigningKey("RS256", kid="second")
    (tmp_path / "first.pem").write_text(first.public)
    (tmp_path / "README.txt").write_text("no key")
    server = make_server({"CODEAPI_JWT_PUBLIC_KEYS_DIR": str(tmp_path), "CODEAPI_JWT_KEY_CACHE_TTL_SECONDS": "1"})
    status = lambda key: user(server, key=key).get("/v1/languages").status_code
    assert (status(first), status(second)) == (200, 401)
    (tmp_path / "second.pem").write_text(second.public)
    wait_until(lambda: status(second) == 200, 10, "the new key counts")
    (tmp_path / "first.pem").unlink()
    wait_until(lambda: status(first) == 401, 10, "the old key is gone")
    assert status(second) == 200


@pytest.mark.parametrize("shape", [lambda pem: pem, lambda pem: pem.replace("\n", "\\n")], ids=["pem", "pem on one line"])
def test_m5_a_single_key_may_be_configured(make_server, shape):
    server = make_server({"CODEAPI_JWT_PUBLIC_KEY": shape(ED.public), "CODEAPI_JWT_KID": ED.kid, "CODEAPI_JWT_ISSUER": "chat", "CODEAPI_JWT_AUDIENCE": "code",
                          "CODEAPI_JWT_SINGLE_TENANT_ID": "house", "CODEAPI_JWT_MAX_TTL_SECONDS": "600", "CODEAPI_JWT_ALLOWED_ALGS": "EdDSA"})
    client = user(server, iss="chat", aud="code", lifetime=600)
    assert client.session(client.exec("bash", "true")["session_id"])["owner"]["tenant"] == "house"
    assert_refused(server, token(ED))


def test_m5_an_algorithm_that_is_not_allowed_is_refused(make_server):
    server = make_server({**JWT, "CODEAPI_JWT_ALLOWED_ALGS": "RS256"})
    assert_refused(server, token(ED))
    assert user(server, key=RSA).get("/v1/languages").status_code == 200


@pytest.mark.parametrize("settings, variable", [
    ({"CODEAPI_JWT_JWKS_JSON": "{"}, "CODEAPI_JWT_JWKS_JSON"), ({"CODEAPI_JWT_JWKS_JSON": '{"keys":[]}'}, "CODEAPI_JWT_JWKS_JSON"),
    ({"CODEAPI_JWT_JWKS_JSON": json.dumps({"keys": [{**ED.jwk, "kid": None}]})}, "CODEAPI_JWT_JWKS_JSON"),
    ({"CODEAPI_JWT_PUBLIC_KEYS_DIR": "/nowhere"}, "CODEAPI_JWT_PUBLIC_KEYS_DIR"), ({"CODEAPI_JWT_PUBLIC_KEY": ED.public}, "CODEAPI_JWT_KID"),
    ({"CODEAPI_JWT_PUBLIC_KEY": ED.private.decode(), "CODEAPI_JWT_KID": "a"}, "CODEAPI_JWT_PUBLIC_KEY"), ({"CODEAPI_JWT_PUBLIC_KEY": SMALL.public, "CODEAPI_JWT_KID": "a"}, "CODEAPI_JWT_PUBLIC_KEY"),
    ({**JWT, "CODEAPI_JWT_ALLOWED_ALGS": "HS256"}, "CODEAPI_JWT_ALLOWED_ALGS"), ({**JWT, "CODEAPI_JWT_MAX_TTL_SECONDS": "0"}, "CODEAPI_JWT_MAX_TTL_SECONDS")])
def test_m5_keys_that_cannot_be_used_end_the_start_with_one_line(settings, variable, tmp_path):
    result = subprocess.run([binary(), "serve"], env={**inherited_environment(), "RUNLEDGER_HOME": str(tmp_path), "API_KEY": "sk-0123456789abcdef0123456789", **settings},
                            capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    lines = [line for line in result.stderr.splitlines() if line]
    assert len(lines) == 1 and variable in lines[0], result.stderr
    assert "PRIVATE" not in result.stderr


def test_m5_tokens_alone_are_a_way_in(make_server):
    server = make_server({**JWT, "API_KEY": None, "API_KEYS": None})
    assert user(server).get("/v1/languages").status_code == 200
    assert_error(server.anonymous().get("/v1/languages"), 401, "authentication", text="Missing API key")
